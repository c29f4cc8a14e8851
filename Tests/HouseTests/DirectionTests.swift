// Who may know whom. The manifest says it to the compiler; this says it to whoever changes the manifest.

import TestKit
import Testing

struct DirectionTests {
    static let ours: Set<String> = [
        "licet", "Web", "Gateway", "Vault", "Connectors", "Harmony", "Domain", "CPostgres", "CLibXML2", "CLibZip",
        "TestKit",
    ]

    /// Which of our own modules each target may import.
    static let mayImport: [String: Set<String>] = [
        "Domain": [], "Harmony": ["Domain"], "Vault": ["Domain", "CPostgres"],
        "Connectors": ["Domain", "CLibXML2", "CLibZip"], "Gateway": ["Domain", "Harmony", "Vault", "Connectors"],
        "Web": ["Domain", "Gateway"], "licet": ["Domain", "Harmony", "Vault", "Connectors", "Gateway", "Web"],
    ]

    @Test("Imports follow one direction, and siblings never import each other")
    func oneDirection() throws {
        for source in try SourceText.all() {
            let allowed = try #require(
                Self.mayImport[source.target], "\(source.path) is in a target that is not known here")
            let strangers = Set(source.imports).intersection(Self.ours).subtracting(allowed)
            #expect(strangers.isEmpty, "\(source.path) imports \(strangers.sorted())")
        }
    }

    @Test(
        "Domain and Harmony are pure: they import no library at all, but for one file that hashes",
        arguments: ["Domain", "Harmony"])
    func pure(target: String) throws {
        for source in try SourceText.all(under: "Sources/\(target)") {
            let hashes = source.path == "Sources/Domain/Audit/MerkleHash.swift"
            let others = Set(source.imports).subtracting(hashes ? ["Domain", "Crypto"] : ["Domain"])
            #expect(others.isEmpty, "\(source.path) imports \(others.sorted())")
            guard hashes else { continue }
            let isMore = source.code.contains(/\b(?:HMAC|HKDF|AES|ChaChaPoly|Curve25519|P256|P384|P521|Insecure)\b/)
            #expect(!isMore, "\(source.path) does more than hash")
        }
    }

    @Test("SQL engines are known to Vault alone, HTTP to Web, the outside to the Gateway")
    func librariesAtHome() throws {
        let homes: [String: Set<String>] = [
            "GRDB": ["Vault"], "GRDBSQLite": ["Vault"], "CPostgres": ["Vault"], "CLibXML2": ["Connectors"],
            "CLibZip": ["Connectors"], "Mustache": ["Web"], "Hummingbird": ["Web", "licet"],
            "HTTPTypes": ["Web", "licet"], "AsyncHTTPClient": ["Gateway", "licet"], "JWTKit": ["Gateway"],
        ]
        for source in try SourceText.all() {
            for module in source.imports {
                guard let home = homes[module] else { continue }
                #expect(home.contains(source.target), "\(source.path) imports \(module)")
            }
        }
    }

    @Test("The manifest gives no target more of our own than the direction allows")
    func manifest() throws {
        let manifest = SourceText(path: "Package.swift", try Repository.text(of: "Package.swift")).whole
        for (target, allowed) in Self.mayImport {
            let opening = try Regex(#"arget\(\s*name: "\#(target)""#)
            let start = try #require(manifest.firstRange(of: opening), "the manifest has no \(target)")
            let end = manifest[start.upperBound...].firstRange(of: "swiftSettings")?.lowerBound ?? manifest.endIndex
            let block = manifest[start.upperBound..<end]
            let listed = Set(block.matches(of: /"(\w+)"/).map { String($0.output.1) }).intersection(Self.ours)
            #expect(listed.subtracting([target]).isSubset(of: allowed), "\(target) lists \(listed.sorted())")
        }
    }

    @Test("No module is passed on or opened up: no @_exported and no @testable in Sources")
    func noBackDoors() throws {
        for source in try SourceText.all() {
            let opens = source.code.contains(/@_exported|@testable|@_spi/)
            #expect(!opens, "\(source.path)")
        }
    }
}
