-- An application reads: a GET with its access token. The token comes in the environment, not on the command line.
dofile(os.getenv("LICET_BENCH_LUA") .. "/report.lua")
done = report
wrk.headers["Authorization"] = "Bearer " .. os.getenv("LICET_BENCH_TOKEN")
