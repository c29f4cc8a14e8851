-- Asks about one grant of many, another each time: the file named by LICET_BENCH_TARGETS holds a token and a record a line.
dofile(os.getenv("LICET_BENCH_LUA") .. "/report.lua")
done = report

local requests = {}
local path = os.getenv("LICET_BENCH_PATH")
for line in io.lines(os.getenv("LICET_BENCH_TARGETS")) do
   local token, record = line:match("^(%S+) (%S+)$")
   requests[#requests + 1] = wrk.format("GET", (path:gsub("RECORD", record)), { Authorization = "Bearer " .. token })
end

-- A fixed walk through the list: the same for every database.
local place = 0
function request()
   place = (place * 1103515245 + 12345) % 2147483648
   return requests[place % #requests + 1]
end
