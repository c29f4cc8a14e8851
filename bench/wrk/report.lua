-- What every wrk script shares: `report` prints one line of JSON at the end. Loaded by the others.
function report(summary, latency)
    local failed = summary.errors
    io.write(string.format(
        '{"requests":%d,"microseconds":%d,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
        summary.requests, summary.duration,
        failed.status + failed.connect + failed.read + failed.write + failed.timeout,
        latency:percentile(50), latency:percentile(99)))
end
