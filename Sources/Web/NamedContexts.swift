// The contexts of the consent page answer the templates by name. Left to find names by reflection, the template library took
// half of the time of a whole authorization flow; the other pages are not asked for often enough to need it.

import Mustache

/// A context whose properties are found without reflection. `name` is what a template says; a property that is absent is nil,
/// and so is a name that is not a property: then the templates look further out.
protocol NamedContext: Sendable {
    func child(named name: String) -> Any?
}

/// What the templates hold of such a context: a reference, because they copy what they hold with every look.
final class Named: MustacheParent {
    private let context: any NamedContext

    init(_ context: any NamedContext) { self.context = context }

    func child(named name: String) -> Any? { context.child(named: name) }
}

extension PageFrame: NamedContext {
    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "signedIn": signedIn.map(Named.init)
        case "formToken": formToken
        case "refreshSeconds": refreshSeconds
        default: nil
        }
    }
}

extension PageViewer: NamedContext {
    func child(named name: String) -> Any? {
        switch name {
        case "viewerName": viewerName
        case "viewerAudits": viewerAudits
        default: nil
        }
    }
}

extension TimeText: NamedContext {
    func child(named name: String) -> Any? {
        switch name {
        case "words": words
        case "machine": machine
        default: nil
        }
    }
}

extension ApplicationCard: NamedContext {
    func child(named name: String) -> Any? {
        switch name {
        case "applicationName": applicationName
        case "applicationDescription": applicationDescription
        case "organizationName": organizationName
        case "isSandbox": isSandbox
        case "responsible": responsible
        case "hosts": hosts
        default: nil
        }
    }
}

extension RuleCard: NamedContext {
    func child(named name: String) -> Any? {
        switch name {
        case "number": number
        case "ruleName": ruleName
        case "scopeToken": scopeToken
        case "why": why
        case "whyLanguage": whyLanguage
        case "typeNames": typeNames
        case "doings": doings
        case "dates": dates
        case "isOffline": isOffline
        case "isChecked": isChecked
        case "isWithinReach": isWithinReach
        case "ruleFault": ruleFault
        default: nil
        }
    }
}

extension ChosenRecord: NamedContext {
    func child(named name: String) -> Any? {
        switch name {
        case "chosenID": chosenID
        case "chosenName": chosenName
        default: nil
        }
    }
}

extension AwayChoice: NamedContext {
    func child(named name: String) -> Any? { name == "isTicked" ? isTicked : nil }
}

extension ApprovalPage: NamedContext {
    func child(named name: String) -> Any? {
        switch name {
        case "page": Named(page)
        case "notice": notice
        case "faultSummary": faultSummary
        case "approvalID": approvalID
        case "approvalToken": approvalToken
        case "ruleVersion": ruleVersion
        case "application": Named(application)
        case "lifeWords": lifeWords
        case "lifeDays": lifeDays
        case "daysValue": daysValue
        case "daysError": daysError
        case "until": Named(until)
        case "closes": Named(closes)
        case "standing": standing.map(Named.init)
        case "records": records
        case "chosenRecord": chosenRecord.map(Named.init)
        case "recordsError": recordsError
        case "required": required.map(Named.init)
        case "optional": optional.map(Named.init)
        case "settled": settled.map(Named.init)
        case "awayChoice": awayChoice.map(Named.init)
        case "isAwaySettled": isAwaySettled
        case "isOutOfReach": isOutOfReach
        case "obstacleWords": obstacleWords
        case "mayApprove": mayApprove
        case "isDeciding": isDeciding
        case "isEmptyHanded": isEmptyHanded
        case "standingMark": standingMark
        case "preview": preview
        default: nil
        }
    }
}
