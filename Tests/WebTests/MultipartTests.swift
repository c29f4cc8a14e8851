// A form with a file is read the same however the network cuts it, and never holds more than it must.

import Domain
import Gateway
import Hummingbird
import Testing

@testable import Web

@Suite("Files that stream by")
struct MultipartTests {
    private let body =
        "preamble\r\n--B7\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\ntoken\r\n"
        + "--B7\r\nContent-Type: text/xml\r\ncontent-disposition: form-data; name=\"export\"; filename=\"a \\\"b\\\".xml\"\r\n"
        + "\r\n<x>\r\n--B\r\n--B8 is not the end\r\n\r\n-\r\n--B7--\r\nepilogue"

    private struct Part: Equatable {
        var name: String
        var fileName: String?
        var content = ""
        var isWhole = false
    }

    private func read(_ body: String, by size: Int, boundary: String = "B7") throws -> (parts: [Part], isEnded: Bool) {
        var reader = MultipartReader(boundary: boundary)
        var parts: [Part] = []
        var isEnded = false
        let bytes = Array(body.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            reader.feed(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            while let event = try reader.next() {
                switch event {
                case .partBegan(let name, let fileName): parts.append(Part(name: name, fileName: fileName))
                case .bytes(let bytes): parts[parts.count - 1].content += String(buffer: bytes)
                case .partEnded: parts[parts.count - 1].isWhole = true
                case .ended: isEnded = true
                }
            }
        }
        return (parts, isEnded)
    }

    @Test("parts come out whole and in order for every size of chunk", arguments: 1...200)
    func readsEveryChunking(size: Int) throws {
        let (parts, isEnded) = try read(body, by: size)
        #expect(isEnded)
        #expect(
            parts == [
                Part(name: "form_token", fileName: nil, content: "token", isWhole: true),
                Part(
                    name: "export", fileName: "a \"b\".xml",
                    content: "<x>\r\n--B\r\n--B8 is not the end\r\n\r\n-", isWhole: true),
            ])
    }

    @Test("a form that is cut short has no end", arguments: [11, 12, 20, 60, 150, 270])
    func noticesTheMissingEnd(cut: Int) throws {
        #expect(try read(String(decoding: body.utf8.dropLast(cut), as: UTF8.self), by: 17).isEnded == false)
    }

    @Test("a part without a name, without a disposition, or with headers beyond bounds is refused")
    func refusesBrokenParts() {
        for headers in [
            "Content-Type: text/plain", "Content-Disposition: form-data", "Content-Disposition: attachment; name=\"a\"",
            "no colon", "X: " + String(repeating: "x", count: 9_000),
        ] {
            #expect(throws: Declined.self) { try read("--B7\r\n\(headers)\r\n\r\nx\r\n--B7--\r\n", by: 4_096) }
        }
    }

    @Test("the boundary is taken from the content type, quoted or not, and from no other type")
    func findsTheBoundary() {
        #expect(MultipartReader.boundary(of: "multipart/form-data; boundary=abc") == "abc")
        #expect(MultipartReader.boundary(of: "Multipart/Form-Data; charset=utf-8; Boundary=\"a b;c\"") == "a b;c")
        #expect(MultipartReader.boundary(of: "multipart/mixed; boundary=abc") == nil)
        #expect(MultipartReader.boundary(of: "multipart/form-data") == nil)
        #expect(MultipartReader.boundary(of: "multipart/form-data; boundary=") == nil)
        #expect(MultipartReader.boundary(of: nil) == nil)
    }
}
