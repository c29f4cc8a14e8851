// Clients of every kind: what may be registered, what a change of it means, and that guessing at one has a price.

import Domain
import Logging
import TestKit
import Testing
import Vault

@testable import Gateway

@Suite("Kinds of clients")
struct ClientKindTests {
    private static func draft(
        _ client: ClientDraft, redirectURI: String = "https://pulse.example/back", interaction: InteractionModel? = nil
    ) -> ApplicationDraft {
        ApplicationDraft(
            name: "Pulse", description: "", redirectURIs: [redirectURI], webhookURL: nil,
            rules: [.reads(["heart_rate"], named: "heart", mode: interaction == .offline ? .offline : .online)],
            interaction: interaction?.rawValue, client: client)
    }

    private static func keySet(kid: String = "one", more: String = "") throws -> String {
        var key = try ProofKey.first.get().members()
        key["kid"] = "\"\(kid)\""
        return "{\"keys\":[\(key.json)]\(more)}"
    }

    private static func signed() throws -> ClientDraft {
        ClientDraft(authentication: "private_key_jwt", keySet: try keySet())
    }

    /// A gateway that may fetch from `keys.example`; it never does here.
    private static func gateway(_ stage: Stage) throws -> Gateway {
        Gateway(
            engine: stage.engine, world: stage.clock.world, policy: stage.policy,
            masterKey: try #require(MasterKey(Stage.masterKey)),
            keySets: RemoteKeySets(source: NoKeySets(), allowedHosts: ["keys.example"]),
            logger: Logger(label: "stage") { _ in SwiftLogNoOpLogHandler() })
    }

    private static func row(_ id: ApplicationID, _ stage: Stage) async throws -> ApplicationRow {
        try #require(try await stage.engine.read { tx in try ApplicationTable.find(id, in: tx) })
    }

    // MARK: registering

    @Test(
        "A1: a client that says nothing uses a secret; it may say so in two ways, and the web is where it lives",
        arguments: EngineUnderTest.available)
    func standard(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let cardia = try await stage.organization(in: .production)
            for name in [nil, "client_secret_basic", "client_secret_post"] {
                let made = try await stage.gateway.registerApplication(
                    Self.draft(ClientDraft(authentication: name)), in: cardia, by: nil, request: nil)
                #expect(made.secret?.hasPrefix("lcs_") == true)
                #expect(try await Self.row(made.id, stage).traits == .standard)
            }
        }
    }

    @Test(
        "A1: who signs, or is public, is told no secret, and none would help", arguments: EngineUnderTest.available)
    func withoutSecret(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let cardia = try await stage.organization(in: .production)
            let kinds: [(ClientDraft, ClientAuthentication)] = [
                (try Self.signed(), .privateKeyJWT), (ClientDraft(authentication: "none"), .none),
            ]
            for (client, kind) in kinds {
                let made = try await stage.gateway.registerApplication(
                    Self.draft(client), in: cardia, by: nil, request: nil)
                #expect(made.secret == nil)
                #expect(try await Self.row(made.id, stage).traits.authentication == kind)
                for secret in ["", "lcs_guess"] {
                    await declined(as: .invalidClient) {
                        try await stage.gateway.authenticate(ClientCredentials(id: made.id.text, secret: secret))
                    }
                }
            }
        }
    }

    @Test("C3: a registered key set counts from the first request on", arguments: EngineUnderTest.available)
    func signs(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let cardia = try await stage.organization(in: .production)
            let made = try await stage.gateway.registerApplication(
                Self.draft(try Self.signed(), interaction: .offline), in: cardia, by: nil, request: nil)
            func assertion(_ key: ProofKey) throws -> String {
                try ProofDraft.ofAssertion(made.id, issuer: stage.policy.publicURL, at: stage.clock.now, key: key)
                    .make()
            }
            let stranger = try assertion(try ProofKey.second.get())
            await declined(as: .invalidClient) {
                try await stage.gateway.authenticate(ClientCredentials(id: made.id.text, proof: .assertion(stranger)))
            }
            let own = try assertion(try ProofKey.first.get())
            let answer = try await stage.gateway.clientCredentials(
                client: ClientCredentials(id: made.id.text, proof: .assertion(own)), scope: "", request: nil)
            #expect(answer.accessToken.hasPrefix("lat_"))
        }
    }

    @Test("A1: what does not fit together is told by the field it was sent in")
    func faults() async throws {
        let key = try Self.keySet()
        let uri = "https://keys.example/jwks"
        let secret = #"{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}]}"#
        let cases: [(ClientDraft, [String])] = [
            (ClientDraft(authentication: "tls_client_auth"), ["token_endpoint_auth_method"]),
            (ClientDraft(authentication: ""), ["token_endpoint_auth_method"]),
            (ClientDraft(applicationType: "desktop"), ["application_type"]),
            (ClientDraft(profile: "strict"), ["profile"]),
            (ClientDraft(authentication: "private_key_jwt"), ["jwks"]),
            (ClientDraft(authentication: "private_key_jwt", keySet: key, keySetURI: uri), ["jwks_uri"]),
            (ClientDraft(authentication: "private_key_jwt", keySet: "{}"), ["jwks"]),
            (ClientDraft(authentication: "private_key_jwt", keySet: secret), ["jwks"]),
            (
                ClientDraft(
                    authentication: "private_key_jwt",
                    keySet: try Self.keySet(more: ",\"x\":\"\(String(repeating: "x", count: 1 << 16))\"")), ["jwks"]
            ),
            (ClientDraft(authentication: "private_key_jwt", keySetURI: "http://keys.example/jwks"), ["jwks_uri"]),
            (ClientDraft(authentication: "private_key_jwt", keySetURI: "https://other.example/jwks"), ["jwks_uri"]),
            (ClientDraft(keySet: key), ["jwks"]), (ClientDraft(authentication: "none", keySetURI: uri), ["jwks_uri"]),
            (ClientDraft(profile: "fapi2"), ["profile"]),
            (ClientDraft(authentication: "none", profile: "fapi2"), ["profile"]),
            (
                ClientDraft(
                    authentication: "private_key_jwt", profile: "fapi2", requiresPushedRequests: false,
                    bindsTokens: false, keySet: key),
                ["require_pushed_authorization_requests", "dpop_bound_access_tokens"]
            ),
            (
                ClientDraft(authentication: "x", applicationType: "x", profile: "x"),
                ["token_endpoint_auth_method", "application_type", "profile"]
            ),
        ]
        try await Stage.on(.sqliteMemory) { stage in
            let gateway = try Self.gateway(stage)
            let cardia = try await stage.organization(in: .production)
            for (client, fields) in cases {
                let refusal = await declined(as: .invalidFields) {
                    try await gateway.registerApplication(Self.draft(client), in: cardia, by: nil, request: nil)
                }
                #expect(refusal?.faults.map(\.field) == fields, "\(client)")
                // What is wrong is told, never the value.
                #expect(refusal?.faults.contains { $0.message.contains("keys.example") } == false)
            }
            let good = try await gateway.registerApplication(
                Self.draft(ClientDraft(authentication: "private_key_jwt", keySetURI: uri)), in: cardia, by: nil,
                request: nil)
            #expect(try await Self.row(good.id, stage).traits.keySetURI == uri)
            let alone = await declined(as: .invalidFields) {
                try await gateway.registerApplication(
                    Self.draft(ClientDraft(authentication: "none"), interaction: .offline), in: cardia, by: nil,
                    request: nil)
            }
            #expect(alone?.faults.map(\.field) == ["token_endpoint_auth_method"])
        }
    }

    @Test("C3: the profile fapi2 brings pushed requests and bound tokens with it")
    func profile() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let cardia = try await stage.organization(in: .production)
            var client = try Self.signed()
            client.profile = "fapi2"
            let made = try await stage.gateway.registerApplication(
                Self.draft(client), in: cardia, by: nil, request: nil)
            let traits = try await Self.row(made.id, stage).traits
            #expect(traits.profile == .fapi2 && traits.requiresPushedRequests && traits.bindsTokens)
            client.profile = nil
            client.bindsTokens = true
            let bound = try await stage.gateway.registerApplication(
                Self.draft(client), in: cardia, by: nil, request: nil)
            let less = try await Self.row(bound.id, stage).traits
            #expect(less.profile == .standard && !less.requiresPushedRequests && less.bindsTokens)
        }
    }

    @Test(
        "C2: a native application may have its own machine and a scheme of its own; a web application has no such scheme",
        arguments: [
            ("http://127.0.0.1/back", true, true), ("http://127.0.0.1:5000/back", true, true),
            ("http://[::1]/back", true, true), ("https://pulse.example/back", true, true),
            ("com.example.app:/back", true, false), ("com.example.app://back", true, false),
            ("org.2nd-try.app:/", true, false), ("com.example.app:/back?a=b", true, false),
            ("pulse:/back", false, false), ("pulse://back", false, false), ("javascript:alert(1)", false, false),
            ("com.example.app:back", false, false), ("com..app:/back", false, false), (".com:/back", false, false),
            ("com.:/back", false, false), ("Com.Example:/back", false, false), ("1com.example:/back", false, false),
            ("com.example.app:/back#part", false, false), ("com.example.app://u@back/", false, false),
            ("com.exa_mple:/back", false, false), ("http://pulse.example/back", false, false),
            ("http://192.168.1.1/back", false, false), ("com.example.app:/b ack", false, false), ("", false, false),
        ])
    func native(_ uri: String, _ isNative: Bool, _ isWeb: Bool) {
        #expect((RedirectURI.fault(of: uri, in: .production, native: true) == nil) == isNative)
        #expect((RedirectURI.fault(of: uri, in: .production, native: false) == nil) == isWeb)
    }

    @Test("A5: an application's own scheme is shown where a host would be", arguments: EngineUnderTest.available)
    func shownScheme(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let cardia = try await stage.organization(in: .production)
            let made = try await stage.gateway.registerApplication(
                Self.draft(
                    ClientDraft(authentication: "none", applicationType: "native"),
                    redirectURI: "com.example.app:/back"), in: cardia, by: nil, request: nil)
            let row = try await Self.row(made.id, stage)
            #expect(row.traits.isNative)
            #expect(ApplicationView(row, uris: ["com.example.app:/back"]).hosts == ["com.example.app"])
        }
    }

    // MARK: changing

    @Test(
        "C3: a change of how a client authenticates counts at once, ends no token, and a secret laid down stays so",
        arguments: EngineUnderTest.available)
    func changes(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let token = try await stage.authorize(ada, pulse)
            func change(_ client: ClientDraft) async throws -> ChangedClient {
                try await stage.gateway.changeClient(of: pulse.id, to: client, by: nil, request: nil)
            }
            let signing = try await change(try Self.signed())
            #expect(signing.changed == ["token_endpoint_auth_method", "jwks"] && signing.secret == nil)
            #expect(signing.application.client.keySet == (try Self.keySet()))
            await declined(as: .invalidClient) { try await stage.gateway.authenticate(pulse.client) }
            #expect(try await stage.read(token.token, token.record).parcels.isEmpty)

            let back = try await change(.standard)
            #expect(back.changed == ["token_endpoint_auth_method", "jwks"])
            await declined(as: .invalidClient) { try await stage.gateway.authenticate(pulse.client) }
            let secret = try #require(back.secret)
            let row = try await stage.gateway.authenticate(ClientCredentials(id: pulse.id.text, secret: secret))
            #expect(row.traits == .standard)
            // What is the same changes nothing, and no new secret is made.
            let same = try await change(ClientDraft(authentication: "client_secret_post"))
            #expect(same.changed.isEmpty && same.secret == nil)
            _ = try await stage.gateway.authenticate(ClientCredentials(id: pulse.id.text, secret: secret))
            #expect(try await stage.audit(.clientChanged).count == 3)
        }
    }

    @Test("C3: what does not fit changes nothing, and nobody but the owner changes anything")
    func refusesChanges() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let cardia = try await stage.organization(in: .production)
            let ada = try await stage.person()
            let native = ClientDraft(authentication: "none", applicationType: "native")
            let made = try await stage.gateway.registerApplication(
                Self.draft(native, redirectURI: "com.example.app:/back"), in: cardia, by: nil, request: nil)
            let alone = try await stage.gateway.registerApplication(
                Self.draft(.standard, interaction: .offline), in: cardia, by: nil, request: nil)
            func fields(_ id: ApplicationID, _ client: ClientDraft) async -> [String]? {
                await declined(as: .invalidFields) {
                    try await stage.gateway.changeClient(of: id, to: client, by: nil, request: nil)
                }?.faults.map(\.field)
            }
            #expect(await fields(made.id, ClientDraft(authentication: "none")) == ["application_type"])
            let unsigned = ClientDraft(authentication: "private_key_jwt", applicationType: "native")
            #expect(await fields(made.id, unsigned) == ["jwks"])
            #expect(await fields(alone.id, ClientDraft(authentication: "none")) == ["token_endpoint_auth_method"])
            await declined(as: .notFound) {
                try await stage.gateway.changeClient(of: made.id, to: .standard, by: ada, request: nil)
            }
            let row = try await Self.row(made.id, stage)
            #expect(row.traits == ClientTraits(authentication: .none, isNative: true))
            #expect(try await stage.audit(.clientChanged).count == 0)
        }
    }

    @Test("C3: a client without a secret is told so when a new one is asked for")
    func rotatesNothing() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let made = try await stage.gateway.createOrganization(
                name: "Cardia", environment: .sandbox, responsible: "Data office", request: nil)
            let ada = try await stage.person()
            _ = try await stage.gateway.acceptInvitation(made.invitation, by: ada, request: nil)
            let app = try await stage.gateway.registerApplication(
                Self.draft(ClientDraft(authentication: "none")), in: nil, by: ada, request: nil)
            let refusal = await declined(as: .invalidFields) {
                try await stage.gateway.rotateSecret(of: app.id, overlapHours: 0, by: ada, request: nil)
            }
            #expect(refusal?.faults.map(\.field) == ["token_endpoint_auth_method"])
        }
    }
}
