// What the FHIR surface says of itself (FHIR 4.0.1, CapabilityStatement). Older SMART clients find the authorization server here,
// in the extension `oauth-uris`, and nowhere else.

import Domain
import Gateway

func capabilityStatement(publicURL: String, endpoints: OAuthEndpoints) -> JSONValue {
    let places = [
        ("authorize", endpoints.authorize), ("token", endpoints.token), ("revoke", endpoints.revoke),
        ("introspect", endpoints.introspect),
    ]
    let oauth = JSONValue.object([
        "url": .string("http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"),
        "extension": .array(
            places.compactMap { name, path in
                path.map { .object(["url": .string(name), "valueUri": .string(publicURL + $0)]) }
            }),
    ])
    let security = JSONValue.object([
        "extension": .array([oauth]),
        "service": .array([
            .object([
                "coding": .array([
                    .object([
                        "system": .string("http://terminology.hl7.org/CodeSystem/restful-security-service"),
                        "code": .string("SMART-on-FHIR"), "display": .string("SMART-on-FHIR"),
                    ])
                ]),
                "text": .string("OAuth 2.1 with the scopes of SMART App Launch 2.2"),
            ])
        ]),
        "description": .string(
            "An access token whose grant the person gave, and which is looked at with each request."),
    ])
    return .object([
        "resourceType": .string("CapabilityStatement"), "status": .string("active"), "date": .string("2026-11-21"),
        "kind": .string("instance"), "software": .object(["name": .string("Licet")]),
        "implementation": .object([
            "description": .string("What waits for an application that people permitted it to have"),
            "url": .string(publicURL + RouteTable.fhirBase),
        ]),
        "fhirVersion": .string("4.0.1"), "format": .texts(["json", "application/fhir+json"]),
        "rest": .array([
            .object([
                "mode": .string("server"), "security": security, "resource": .array([patient, observation]),
            ])
        ]),
    ])
}

private let patient = JSONValue.object([
    "type": .string("Patient"), "interaction": .array([.object(["code": .string("read")])]),
    "documentation": .string("The application's own id for a record. No name, no birth date, nothing else."),
])

private let observation = JSONValue.object([
    "type": .string("Observation"), "interaction": .array([.object(["code": .string("search-type")])]),
    "documentation": .string("What waits and has not been acknowledged. A parameter that is not listed is refused."),
    "searchParam": .array([
        search("patient", "reference", "Needed: whose record."),
        search("subject", "reference", "The same."),
        search("code", "token", "LOINC; every code given must be permitted."),
        search("category", "token", "vital-signs, activity or laboratory."),
    ]),
])

private func search(_ name: String, _ type: String, _ documentation: String) -> JSONValue {
    .object(["name": .string(name), "type": .string(type), "documentation": .string(documentation)])
}
