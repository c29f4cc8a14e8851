// The consent page as others will meet it, for the owner of an application. Nothing is stored and nothing can be answered.

import Domain
import Gateway
import Hummingbird

extension Server {
    /// `as` is `first_time` or `returning`; each `named` is an optional rule that the application would ask for by name,
    /// `details` what it would ask in authorization details.
    func showPreview(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let id: ApplicationID = try incoming.identifier()
        let query = try incoming.query()
        let person = PreviewedPerson(rawValue: query.text("as")) ?? .firstTime
        let detail = try await gateway.application(id, of: viewer.person)
        let nameable = detail.rules.rules.filter { !$0.isRequired }.map(\.name.text)
        let wanted = query.texts("named").flatMap { $0.split(separator: " ").map(String.init) }
        let named = nameable.filter(wanted.contains)
        let details = query.parameter("details")
        let bar = PreviewBar(id, as: person, nameable: nameable, named: named, details: details)
        let view: ApprovalView
        do throws(Declined) {
            view = try await gateway.preview(
                of: id, as: person, drafts: nil, named: named, details: details, by: viewer.person)
        } catch {
            guard error.problem == .invalidScope else { throw error }
            let context = PreviewOfNothing(
                page: PageFrame("Preview", viewer: viewer), application: ApplicationCard(detail.application),
                preview: bar)
            return try pages.render(.previewNothing, context)
        }
        let context = ApprovalPage(
            view, viewer: viewer, languages: incoming.languages, preview: bar)
        return try pages.render(view.form.asksSomething ? .approval : .approvalGoOn, context)
    }
}

extension PreviewBar {
    init(_ id: ApplicationID, as person: PreviewedPerson, nameable: [String], named: [String], details: String?) {
        // Rule names need no escape in a query.
        let rest = named.map { "&named=\($0)" }.joined()
        func href(_ person: PreviewedPerson) -> String {
            let page = "/apps/\(id.text)/preview?as=\(person.rawValue)\(rest)"
            return details.map { "\(page)&details=\(ObservationQuery.encoded($0))" } ?? page
        }
        previewedID = id.text
        firstTimeHref = href(.firstTime)
        returningHref = href(.returning)
        isReturning = person == .returning
        previewedAs = person.rawValue
        previewedDetails = details ?? ""
        self.nameable = nameable.enumerated().map { place, name in
            Choice(
                choiceID: "named-\(place + 1)", choiceField: "named", choiceValue: name, choiceLabel: name,
                isChosen: named.contains(name))
        }
    }
}
