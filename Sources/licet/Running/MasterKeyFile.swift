// Where the deployment's master key lives: in the settings, or in a file that is made at first start and readable by the
// service alone. It never enters the database, nor a backup of it.

import Domain
import Gateway
import Glibc
import Vault

enum MasterKeyFile {
    static func load(_ settings: Settings) throws(SettingFault) -> MasterKey {
        let bytes = try current(settings)
        guard let text = settings.formerSealingKey else {
            guard let key = MasterKey(bytes) else {
                throw SettingFault("sealing_key", "32 bytes in base64 or hexadecimal")
            }
            return key
        }
        guard let key = MasterKey(bytes, replacing: Hex.orBase64(text)) else {
            throw SettingFault("sealing_key_previous", "32 bytes in base64 or hexadecimal, other than sealing_key")
        }
        return key
    }

    private static func current(_ settings: Settings) throws(SettingFault) -> [UInt8] {
        if let text = settings.sealingKey {
            let bytes = Hex.orBase64(text)
            guard bytes.count == 32 else { throw SettingFault("sealing_key", "32 bytes in base64 or hexadecimal") }
            return bytes
        }
        let path = "\(settings.dataDirectory)/sealing.key"
        if let found = try read(path) { return found }
        return try make(path)
    }

    private static func read(_ path: String) throws(SettingFault) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            guard errno == ENOENT else { throw SettingFault("sealing_key", "\(path) cannot be read") }
            return nil
        }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(file, &text, text.count)
        let bytes = Hex.orBase64(String(decoding: text[..<max(0, count)], as: UTF8.self))
        guard bytes.count == 32 else { throw SettingFault("sealing_key", "\(path) does not hold a key") }
        return bytes
    }

    // Two processes may start at once: whoever creates the file wins, the other reads it.
    private static func make(_ path: String) throws(SettingFault) -> [UInt8] {
        let bytes = World.real.roll(32)
        let temporary = "\(path).\(getpid())"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SettingFault("sealing_key", "\(path) cannot be made") }
        let text = Array((Hex.encode(bytes) + "\n").utf8)
        let written = write(file, text, text.count)
        fsync(file)
        close(file)
        defer { unlink(temporary) }
        guard written == text.count else { throw SettingFault("sealing_key", "\(path) cannot be written") }
        guard link(temporary, path) == 0 || errno == EEXIST, let key = try read(path) else {
            throw SettingFault("sealing_key", "\(path) cannot be made")
        }
        return key
    }
}
