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
            let displayFirstTime: Bool?
            let checkedFirstTime: Bool?
            let checkedByDefault: Bool?

            enum CodingKeys: String, CodingKey {
                case name, mode, required, accesses, why
                case dataTypes = "data_types"
                case displayFirstTime = "display_first_time"
                case checkedFirstTime = "checked_first_time"
                case checkedByDefault = "checked_by_default"
            }
        }
        let name: String?
        let description: String?
        let redirectURIs: [String]?
        let webhookURL: String?
        let grantDays: Int?
        let rules: [Rule]?

        enum CodingKeys: String, CodingKey {
            case name, description, rules
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
                    displayFirstTime: rule.displayFirstTime ?? true,
                    checkedFirstTime: rule.checkedFirstTime ?? false,
                    checkedByDefault: rule.checkedByDefault ?? false)
            }, grantDays: described.grantDays)
    }
}
