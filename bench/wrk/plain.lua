-- A plain GET of the given address.
dofile(os.getenv("LICET_BENCH_LUA") .. "/report.lua")
done = report
