// Takes a parcel's content, a JSON array of native items, apart again.

public import Domain

/// The items of an array that holds nothing but what `renderNative` wrote, commas between. Nil for any other bytes.
public func parseNativeArray(_ bytes: [UInt8]) -> [Item]? {
    guard bytes.count >= 2, bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return nil }
    guard bytes.count > 2 else { return [] }
    var items: [Item] = []
    var start = 1
    var depth = 0
    var isQuoted = false
    var isEscaped = false
    for place in 1..<bytes.count {
        let byte = bytes[place]
        if isQuoted {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = false
            }
            continue
        }
        switch byte {
        case UInt8(ascii: "\""): isQuoted = true
        case UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "}"): depth -= 1
        case UInt8(ascii: ",") where depth == 0, UInt8(ascii: "]") where depth == 0:
            guard let item = parseNative(bytes[start..<place]) else { return nil }
            items.append(item)
            start = place + 1
        default: break
        }
    }
    return start == bytes.count ? items : nil
}
