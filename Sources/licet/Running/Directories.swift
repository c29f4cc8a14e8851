// Directories that only the service may enter.

import Glibc

enum Directories {
    /// Makes it with its parents if it is not there.
    static func make(_ path: String) throws(SettingFault) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made == "/" ? part : "/" + part
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
                throw SettingFault("data_directory", "\(path) cannot be made")
            }
        }
    }
}
