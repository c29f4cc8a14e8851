// The meters of one route, made once. A label is a route's name or a status class, never anything a caller can choose.

import Metrics

struct RouteMetrics: Sendable {
    private let answers: [Counter]
    let duration: Timer

    init(route: String) {
        answers = (2...5).map { statusClass in
            Counter(label: "licet_http_requests_total", dimensions: [("route", route), ("status", "\(statusClass)xx")])
        }
        duration = Timer(label: "licet_http_request_duration", dimensions: [("route", route)])
    }

    func count(status: Int) {
        let place = status / 100 - 2
        if answers.indices.contains(place) { answers[place].increment() }
    }
}
