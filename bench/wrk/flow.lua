-- Whole authorization-code flows (RFC 6749 section 4.1, RFC 7636): the request, the consent page, the approval, the exchange.
-- One connection a thread, so that each thread is one browser with its own person and its own place in the flow.
dofile(os.getenv("LICET_BENCH_LUA") .. "/report.lua")

-- The pair of RFC 7636, appendix B.
local verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
local challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
local callback = "https%3A%2F%2Fapp.example%2Fcallback"
local form = "application/x-www-form-urlencoded"

local threads = {}

function setup(thread)
    local place = #threads + 1
    threads[place] = thread
    local sessions = {}
    for session in string.gmatch(os.getenv("LICET_BENCH_SESSIONS"), "[^,]+") do table.insert(sessions, session) end
    thread:set("session", sessions[(place - 1) % #sessions + 1])
    thread:set("client", os.getenv("LICET_BENCH_CLIENT"))
    thread:set("basic", os.getenv("LICET_BENCH_BASIC"))
end

function init(arguments)
    step, flows, failures, why = 1, 0, 0, ""
    authorize = "/oauth/authorize?response_type=code&client_id=" .. client .. "&redirect_uri=" .. callback
        .. "&scope=rule%3Aall%20rule%3Aalone&state=s&code_challenge_method=S256&code_challenge=" .. challenge
end

function request()
    if step == 1 then
        return wrk.format("GET", authorize, { ["Cookie"] = session })
    elseif step == 2 then
        return wrk.format("GET", page, { ["Cookie"] = session .. "; " .. flow })
    elseif step == 3 then
        return wrk.format("POST", page, { ["Cookie"] = session .. "; " .. flow, ["Content-Type"] = form }, decision)
    end
    return wrk.format("POST", "/oauth/token", { ["Authorization"] = "Basic " .. basic, ["Content-Type"] = form },
        "grant_type=authorization_code&code=" .. code .. "&redirect_uri=" .. callback .. "&code_verifier=" .. verifier)
end

local function header(headers, name)
    for key, value in pairs(headers) do
        if string.lower(key) == name then return value end
    end
    return ""
end

local function field(body, name)
    return string.match(body, 'name="' .. name .. '" value="([^"]*)"')
end

function response(status, headers, body)
    local good = false
    if step == 1 and status == 303 then
        page = header(headers, "location")
        flow = string.match(header(headers, "set-cookie"), "^[^;]+")
        good = flow ~= nil and string.find(page, "^/approvals/") ~= nil
    elseif step == 2 and status == 200 then
        -- The form for signing out, in the header, has a token of its own.
        body = string.sub(body, string.find(body, '<form[^>]* class="decision"') or 1)
        local token, rules, standing, record =
            field(body, "form_token"), field(body, "rules"), field(body, "standing"), field(body, "record")
        if token and rules then
            decision = "decision=approve&scope=rule%3Aall&scope=rule%3Aalone&form_token=" .. token .. "&rules=" .. rules
                .. (standing and ("&standing=" .. standing) or "") .. (record and ("&record=" .. record) or "")
            good = true
        end
    elseif step == 3 and status == 303 then
        code = string.match(header(headers, "location"), "[?&]code=([^&]+)")
        good = code ~= nil
    elseif step == 4 and status == 200 then
        flows = flows + 1
        good = true
    end
    if not good then
        failures = failures + 1
        why = "step " .. step .. ": " .. status
    end
    step = good and step % 4 + 1 or 1
end

function done(summary, latency)
    local flows, failures, why = 0, 0, ""
    for _, thread in ipairs(threads) do
        flows = flows + thread:get("flows")
        failures = failures + thread:get("failures")
        if thread:get("why") ~= "" then why = thread:get("why") end
    end
    if why ~= "" then io.stderr:write("a flow failed at " .. why .. "\n") end
    local failed = summary.errors
    io.write(string.format(
        '{"requests":%d,"microseconds":%d,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
        flows, summary.duration,
        failures + failed.connect + failed.read + failed.write + failed.timeout,
        latency:percentile(50), latency:percentile(99)))
end
