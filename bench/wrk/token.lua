-- An application asks for a token with its own credentials (RFC 6749 section 4.4).
dofile(os.getenv("LICET_BENCH_LUA") .. "/report.lua")
done = report
wrk.method = "POST"
wrk.body = "grant_type=client_credentials"
wrk.headers["Authorization"] = "Basic " .. os.getenv("LICET_BENCH_BASIC")
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
