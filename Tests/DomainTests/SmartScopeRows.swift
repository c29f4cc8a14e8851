// The scopes of docs/smart-scopes.md: those that are read, and those that are not, each with its reason.

enum SmartScopeRows {
    static let read = [
        "patient/*.rs", "patient/*.r", "patient/*.s", "patient/*.cruds", "patient/*.read", "patient/*.write",
        "patient/*.*", "patient/Observation.rs", "patient/Observation.read", "patient/Observation.write",
        "patient/Observation.*", "patient/Observation.c", "patient/Observation.cu", "patient/Observation.cud",
        "patient/Observation.u", "patient/Observation.d", "patient/Patient.rs", "patient/Patient.read",
        "user/*.rs", "user/Observation.rs", "system/*.rs", "system/Observation.rs",
        "patient/Observation.rs?category=vital-signs",
        "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs",
        "patient/Observation.rs?category=activity", "patient/Observation.rs?category=laboratory",
        "patient/Observation.rs?category=activity,laboratory", "patient/Observation.rs?code=8867-4",
        "patient/Observation.rs?code=http://loinc.org|8867-4",
        "patient/Observation.rs?code=http://loinc.org|8867-4,http://loinc.org|29463-7",
        "patient/Observation.rs?category=vital-signs&code=http://loinc.org|8867-4",
        "patient/Observation.cu?code=http://loinc.org|29463-7",
    ]

    static let refused: [(scope: String, reason: String)] = [
        ("patient/Observation.dus", "out of order"), ("patient/Observation.sr", "out of order"),
        ("patient/*.rc", "out of order"), ("patient/Observation.rr", "a letter twice"),
        ("patient/Observation.", "no letter"), ("patient/Observation", "no letter"), ("patient/.rs", "no resource"),
        ("/Observation.rs", "no level"), ("patient/Observation.x", "unknown letter"),
        ("patient/Observation.RS", "capital letters"), ("patient/Observation.read.rs", "two forms"),
        ("patient/Observation.readwrite", "unknown form"), ("patient/Observation.**", "unknown form"),
        ("patient/MedicationRequest.rs", "a resource that Licet does not have"),
        ("patient/observation.rs", "a resource that Licet does not have"),
        ("patients/Observation.rs", "unknown level"), ("Patient/Observation.rs", "unknown level"),
        ("patient/Observation.rs?", "empty parameter"), ("patient/Observation.rs?category", "no value"),
        ("patient/Observation.rs?category=", "empty value"), ("patient/Observation.rs?code=8867-4,", "empty value"),
        ("patient/Observation.rs?category=social-history", "a category of no type here"),
        ("patient/Observation.rs?category=http://example.org|vital-signs", "another code system"),
        ("patient/Observation.rs?code=0000-0", "a code of no type here"),
        ("patient/Observation.rs?code=8867-4,0000-0", "a code of no type here"),
        ("patient/Observation.rs?date=2026", "unknown parameter"),
        ("patient/Observation.rs?code=8867-4&date=2026", "unknown parameter"),
        ("patient/Observation.rs?code:not=8867-4", "unknown parameter"),
        ("patient/Observation.rs?code=8867-4&code=29463-7", "a parameter twice"),
        ("patient/Observation.rs?category=laboratory&code=8867-4", "nothing is left"),
        ("patient/Observation.read?code=8867-4", "version 1 has no parameters"),
        ("patient/*.rs?category=vital-signs", "parameters are an Observation's"),
        ("patient/Patient.rs?category=vital-signs", "parameters are an Observation's"),
        ("launch", "a launch from inside a record system is not supported"),
        ("launch/encounter", "there are no encounters"), ("launch/patient/x", "unknown"),
        ("openid", "sign-in is not supported"), ("fhirUser", "sign-in is not supported"),
        ("online_access", "not supported"),
    ]
}
