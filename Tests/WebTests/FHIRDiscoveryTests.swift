// What FHIR clients and SMART applications read before they ask for anything: only what is there is listed.

import Domain
import Gateway
import HTTPTypes
import NIOCore
import Testing

@testable import Web

@Suite("FHIR discovery")
struct FHIRDiscoveryTests {
    @Test("§6 check 17: the CapabilityStatement has the oauth-uris that older clients look for, and each is a route")
    func capabilityStatement() async throws {
        try await HouseUnderTest.trying { house in
            let reply = try await house.ask(.get, "/fhir/r4/metadata", [.accept: "application/fhir+json"])
            #expect(reply.status == 200)
            #expect(reply.headers[.contentType] == "application/fhir+json")
            let json = try reply.json
            #expect(json["resourceType"]?.text == "CapabilityStatement")
            #expect(json["fhirVersion"]?.text == "4.0.1")
            for name in ["date", "kind", "status", "implementation", "format"] { #expect(json[name] != nil, "\(name)") }
            let oauth = json["rest", "0", "security", "extension", "0"]
            #expect(oauth?["url"]?.text == "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris")
            let uris = oauth?["extension"]?.elements ?? []
            let named = uris.compactMap { $0["url"]?.text }
            #expect(Array(named.prefix(2)) == ["authorize", "token"])
            let paths = Set(RouteTable.all.map(\.path))
            for uri in uris {
                let path = try #require(uri["valueUri"]?.text).dropFirst("http://127.0.0.1:8080".count)
                #expect(paths.contains(String(path)), "\(path)")
            }
            let resources = json["rest", "0", "resource"]?.elements ?? []
            #expect(resources.map { $0["type"]?.text } == ["Patient", "Observation"])
            #expect(resources.map { $0["interaction", "0", "code"]?.text } == ["read", "search-type"])
        }
    }

    @Test(
        "§6 check 17: smart-configuration is JSON whatever is accepted, the same at both places, with S256 and not plain",
        arguments: ["application/json", "text/html", "application/fhir+xml"])
    func smartConfiguration(accept: String) async throws {
        try await HouseUnderTest.trying { house in
            var texts: Set<String> = []
            for base in ["", "/fhir/r4"] {
                let reply = try await house.ask(
                    .get, "\(base)/.well-known/smart-configuration", [.accept: accept])
                #expect(reply.status == 200)
                #expect(reply.headers[.contentType] == "application/json")
                texts.insert(reply.text)
                let json = try reply.json
                #expect(json["code_challenge_methods_supported"]?.elements.map(\.text) == ["S256"])
                let capabilities = json["capabilities"]?.elements.compactMap(\.text) ?? []
                for needed in [
                    "launch-standalone", "context-standalone-patient", "permission-patient", "permission-v1",
                    "permission-v2",
                ] {
                    #expect(capabilities.contains(needed), "\(needed)")
                }
                #expect(!capabilities.contains("launch-ehr") && !capabilities.contains("sso-openid-connect"))
                for name in ["authorization_endpoint", "token_endpoint"] {
                    #expect(json[name]?.text?.hasPrefix("http://127.0.0.1:8080/oauth/") == true)
                }
            }
            #expect(texts.count == 1)
        }
    }

    @Test(
        "Every scope that smart-configuration lists is one that is read, and none can be asked for outside the grammar")
    func scopes() {
        for text in SmartScope.supported { #expect(SmartScope(text)?.text == text) }
    }

    @Test("Nothing is told of an endpoint that no route answers, and capabilities follow from what clients are offered")
    func onlyWhatWorks() {
        let some = RouteTable.all.filter { ["/oauth/authorize", "/oauth/token"].contains($0.path) }
        let endpoints = OAuthEndpoints(some)
        #expect(endpoints.revoke == nil && endpoints.introspect == nil)
        let bare = OfferedToClients(
            grantTypes: ["authorization_code"], clientAuthentication: ["client_secret_post"], signingAlgorithms: [])
        #expect(!bare.smartCapabilities.contains { $0.hasPrefix("client-") || $0 == "permission-offline" })
        let full = OfferedToClients(
            grantTypes: ["authorization_code", "refresh_token"],
            clientAuthentication: ["client_secret_basic", "private_key_jwt", "none"], signingAlgorithms: ["ES256"])
        #expect(
            Set(full.smartCapabilities).isSuperset(of: [
                "client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
                "permission-offline",
            ]))
        let told = smartConfigurationText(endpoints, bare)
        #expect(!told.contains("revocation_endpoint") && !told.contains("signing_alg"))
        #expect(smartConfigurationText(endpoints, full).contains("\"ES256\""))
    }

    private func smartConfigurationText(_ endpoints: OAuthEndpoints, _ offered: OfferedToClients) -> String {
        String(
            buffer: Web.smartConfiguration(publicURL: "https://x.example", endpoints: endpoints, offered: offered)
                .buffer)
    }
}
