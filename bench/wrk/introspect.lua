-- A resource server asks what a token is worth (RFC 7662 section 2.1).
dofile(os.getenv("LICET_BENCH_LUA") .. "/report.lua")
done = report
wrk.method = "POST"
wrk.body = "token=" .. os.getenv("LICET_BENCH_TOKEN")
wrk.headers["Authorization"] = "Basic " .. os.getenv("LICET_BENCH_BASIC")
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
