// An application described in YAML. What is missing is left to the gateway to say, by field, with everything else.

import ArgumentParser
import Domain
import Gateway
import Yams

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

enum ApplicationFile {
    private struct Description: Decodable {
        struct Rule: Decodable {
            let name: String?
            let mode: String?
            let required: Bool?
            let accesses: [String]?
            let dataTypes: [String]?
            let why: String?
            let whyTranslations: [String: String]?
            let defaultLanguage: String?
            let displayFirstTime: Bool?
            let checkedFirstTime: Bool?
            let checkedByDefault: Bool?

            enum CodingKeys: String, CodingKey {
                case name, mode, required, accesses, why
                case dataTypes = "data_types"
                case whyTranslations = "why_translations"
                case defaultLanguage = "default_language"
                case displayFirstTime = "display_first_time"
                case checkedFirstTime = "checked_first_time"
                case checkedByDefault = "checked_by_default"
            }
        }
        /// Text, lists and objects of it: all that a key set is made of.
        enum Node: Codable {
            case text(String), list([Node]), object([String: Node])

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let text = try? container.decode(String.self) {
                    self = .text(text)
                } else if let list = try? container.decode([Node].self) {
                    self = .list(list)
                } else {
                    self = .object(try container.decode([String: Node].self))
                }
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .text(let text): try container.encode(text)
                case .list(let list): try container.encode(list)
                case .object(let object): try container.encode(object)
                }
            }
        }
        let name: String?
        let description: String?
        let redirectURIs: [String]?
        let webhookURL: String?
        let noticeURL: String?
        let interaction: String?
        let countries: [String]?
        let grantDays: Int?
        let rules: [Rule]?
        let authentication: String?
        let applicationType: String?
        let profile: String?
        let requiresPushedRequests: Bool?
        let bindsTokens: Bool?
        let keySet: Node?
        let keySetURI: String?

        enum CodingKeys: String, CodingKey {
            case name, description, rules, interaction, countries, profile
            case authentication = "token_endpoint_auth_method"
            case applicationType = "application_type"
            case requiresPushedRequests = "require_pushed_authorization_requests"
            case bindsTokens = "dpop_bound_access_tokens"
            case keySet = "jwks"
            case keySetURI = "jwks_uri"
            case noticeURL = "notice_url"
            case redirectURIs = "redirect_uris"
            case webhookURL = "webhook_url"
            case grantDays = "grant_days"
        }
    }

    static func read(_ path: String) throws -> ApplicationDraft {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw ValidationError("\(path) cannot be read")
        }
        let described: Description
        do {
            described = try YAMLDecoder().decode(Description.self, from: data)
        } catch {
            throw ValidationError("\(path) is not the YAML of an application; see `licet application register --help`")
        }
        return ApplicationDraft(
            name: described.name ?? "", description: described.description ?? "",
            redirectURIs: described.redirectURIs ?? [], webhookURL: described.webhookURL,
            rules: (described.rules ?? []).map { rule in
                RuleDraft(
                    name: rule.name ?? "", mode: rule.mode ?? "", required: rule.required ?? false,
                    accesses: rule.accesses ?? [], types: rule.dataTypes ?? [], why: rule.why ?? "",
                    translations: rule.whyTranslations ?? [:], defaultLanguage: rule.defaultLanguage ?? "en",
                    displayFirstTime: rule.displayFirstTime ?? true,
                    checkedFirstTime: rule.checkedFirstTime ?? false,
                    checkedByDefault: rule.checkedByDefault ?? false)
            }, grantDays: described.grantDays, noticeURL: described.noticeURL, interaction: described.interaction,
            countries: described.countries ?? [],
            client: ClientDraft(
                authentication: described.authentication, applicationType: described.applicationType,
                profile: described.profile, requiresPushedRequests: described.requiresPushedRequests,
                bindsTokens: described.bindsTokens, keySet: try described.keySet.map(json),
                keySetURI: described.keySetURI))
    }

    private static func json(_ node: Description.Node) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(node), as: UTF8.self)
    }
}
