-- The lines that the ledger keeps and is sent, and how to read them.
-- Surprising: nothing here knows of the call, so that it stands outside the function of the call (scripts.ts).

-- A live lease is a line: since, holder, seat key, seats, draws, user, device, and the facts that its events tell, the
-- flags it was granted with last. What else stands under an id, or under a name of its own, begins with a tab:
--   ⇥checked_in ⇥expired …             it ended; ⇥expired⇥observed: it had been granted outside the count, by observing
--   ⇥passed⇥pool                       it was sent on to that pool
--   ⇥waiting⇥until⇥terms⇥request       it waits for a seat, by virtual time
--   ⇥offered⇥seats⇥draws⇥terms⇥request a seat is set aside for it
--   reclaim:ID ⇥reclaiming⇥why⇥due⇥grace⇥postponable   cool:WHO ⇥cooling   glass:WHO ⇥times⇥n   linger:WHO ⇥seats⇥n
--   excess:ID ⇥wants⇥terms⇥draws       it takes the next free seat, as its request said
--   refused:PRODUCT USER ⇥refused⇥moment⇥attempts   when somebody last found no seat, and the attempts, between spaces
--   seen:NAME ⇥seen   while seats are to be rebuilt: whose assigned seat was taken or freed since (12-recovery.lua)
-- A lease that was rebuilt has the holder \29, its computer's pseudonym; and its seat's key is \29, the person's, \31, the
-- computer's, as the seat is theirs.
-- What runs outside the count has the seat key of those with whom it shares its seat there: outside, \29, key.
local LEASE = "^(%d+)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$"
local REQUEST = "^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$"
local WAITING, OFFERED = "^\twaiting\t(%d+)\t([^\t]*)\t(.*)$", "^\toffered\t(%d+)\t([^\t]*)\t([^\t]*)\t(.*)$"
local WANTS = "^\twants\t([^\t]*)\t(.*)$"
-- What an event tells of a lease: no holder, user or device, for an event outlives them.
local function told(since, seats, draws, facts) return since .. "\t" .. seats .. "\t" .. draws .. "\t" .. facts end
local function live(record) return record and sub(record, 1, 1) ~= "\t" end
local function heldBy(record, holder) return match(record, "^%d+\t([^\t]*)") == holder end
-- The last field, found from the end: looking for it from the front ("[^\t]*$") tries again at each character, which doubled
-- what a decision costs.
local function flagsOf(line) return match(line, "^.*\t(.*)$") end
-- Names and reasons are free text, so what a lease was granted with is looked for in its last field alone; most have nothing.
local function hasFlag(record, flag)
  return find(record, flag, 1, true) and find(flagsOf(record), flag, 1, true)
end
local function kindOf(record) return record and match(record, "^\t([%a_]+)") end
-- What somebody who waits, or was offered a seat, asked for: his request and its terms.
local function asked(record)
  local _, terms, request = match(record, WAITING)
  if request then return request, terms end
  _, _, terms, request = match(record, OFFERED)
  return request, terms
end
-- Whom the facts are of: user, device, and both as they were called under last year's key.
local function people(facts)
  local user, userBefore, device, deviceBefore = match(facts, "^[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)")
  return user .. ":" .. device, user, device, userBefore, deviceBefore
end

-- What a launch says of itself beside the request, each between spaces: from=planning running=1 wait=600000 …
local function term(terms, name) return terms ~= "" and match(terms, " " .. name .. "=(%S+) ") or nil end

-- What a seat would have cured (domain/denials.ts); scripts.ts refuses to start when they differ.
local FOR_SEATS = { no_seats = true, only_reserved_seats = true, site_full = true, group_limit = true, user_limit = true,
  device_limit = true, borrow_limit = true, cooling_off = true, queue_lapsed = true }

-- Many values at once. Lua passes at most some 8,000 arguments.
local function each(command, key, list, n)
  for first = 1, n, 4000 do call(command, key, unpack(list, first, min(first + 3999, n))) end
end
