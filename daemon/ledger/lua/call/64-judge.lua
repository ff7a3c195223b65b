-- What the pool says to a request, without doing anything: whose seat it would share, or what speaks against it, or on
-- which counters it would draw.
-- Surprising: reserved seats come first, of several groups and open ones together where one alone is not enough; a seat
-- that is assigned to the asker is his already, and counts for nobody else.

local limitOf -- name -> seats, when first needed; most pools have none
local function ceilingOf(name)
  if not limitOf then
    limitOf = {}
    for limit, seats in gmatch(state[12], "(%S+)=(%d+)") do limitOf[limit] = tonumber(seats) end
  end
  return limitOf[name]
end
local FULL = { site = "site_full", group = "group_limit", user = "user_limit", device = "device_limit" }

-- The names that a seat assigned to whom the facts are of may have: this year's, and last year's.
local function assignmentNames(seats, facts)
  local _, user, device, userBefore, deviceBefore = people(facts)
  local weight = seats == "1" and "" or "*" .. seats
  if rules.holdBy == 1 then return user .. weight, userBefore .. weight end
  return device .. weight, deviceBefore .. weight
end
-- The one under which a seat is assigned, if one is; last year's name becomes this year's.
local function assignment(seats, facts)
  if not rules.hold or tally.held == 0 then return nil end
  for _, name in ipairs({ assignmentNames(seats, facts) }) do
    if call("ZSCORE", DATED, "hold:" .. name) then return name end
  end
end
-- A seat that was rebuilt lies under pseudonyms; whoever shared it does so still.
local function rebuiltToJoin(key, seats, facts)
  if key == "" or tally.rebuilt == 0 then return nil end
  local _, user, device, userBefore, deviceBefore = people(facts)
  local weight = seats == "1" and "" or "\31" .. seats
  for _, who in ipairs({ user, userBefore, "" }) do
    for _, computer in ipairs({ device, deviceBefore, "" }) do
      local joined, place = seatToJoin("\29" .. who .. "\31" .. computer .. weight)
      if joined then return joined, place end
    end
  end
end

-- What speaks against taking seats along, beside want of them: of all that are taken then, and of those that reservations
-- keep, so many must be left.
local function againstBorrowing(seats, taken, idle)
  if rules.borrow and tally.borrowed - tally.lentOutside + seats > rules.borrow then return "borrow.seats" end
  if not rules.keepFree or unlimited() then return nil end
  return capacity - taken - idle < rules.keepFree and "borrow.keepFree" or nil
end
local function againstBorrowingTaken(seats) return againstBorrowing(seats, level(), (select(2, idleReservations()))) end

-- Returns a reason and the rule behind it; or nil, the counters and the flag.
local function room(seats, draws, terms, own)
  local drawn = find(draws, "<", 1, true) and gsub(draws, "<%S+", "") or draws
  local taken, over, flag = level() - own, overdraft(), nil
  local need, idle = seats, 0
  if capacity == 0 then return emptyReason, "entitlements" end
  if not rules.site then
    if reserved ~= "" then
      for _, reservation in ipairs((idleReservations())) do
        local left = reservation.room
        if need > 0 and left > 0 and find(terms, " from=" .. reservation.group .. " ", 1, true) then
          local part = min(need, left)
          need = need - part; left = left - part
          drawn = drawn .. " reserved:" .. reservation.group .. format("=%d", part)
        end
        idle = idle + left
      end
    end
    local above = taken + seats + (need > 0 and idle or 0) - capacity
    if above > over then
      if taken + seats - capacity > over then return "no_seats", "entitlements" end
      return "only_reserved_seats", "reservations"
    end
    if above > 0 then flag = "overdraft" end
  end
  if state[12] ~= "" then
    for token in gmatch(draws, "%S+") do
      local name, limit = match(token, "^([^<]+)<?(.*)$")
      if limit == "" then limit = name end
      local ceiling = ceilingOf(limit)
      if ceiling and counter(name) + seats > ceiling then return FULL[match(name, "^%a+")], limit end
    end
  end
  local rule = term(terms, "borrow") and againstBorrowing(seats, taken + seats, idle)
  if rule then return "borrow_limit", rule end
  return nil, drawn, flag
end

local function judge(key, seats, draws, facts, terms)
  local joined, place = seatToJoin(key)
  if not joined then
    local found, where = rebuiltToJoin(key, seats, facts)
    if found then joined, place = found, where end
  end
  local own = assignment(seats, facts)
  if joined then
    local rule = term(terms, "borrow") and againstBorrowingTaken(tonumber((match(joined, "^%d+ (%d+)"))))
    if rule then return { reason = "borrow_limit", rule = rule } end
    return { place = place, shared = joined }
  end
  if tally.cooling > 0 and call("HEXISTS", LEASES, "cool:" .. people(facts)) == 1 then
    return { reason = "cooling_off", rule = "reclaimed" }
  end
  local reason, drawn, flag = room(tonumber(seats), draws, terms, own and tonumber(seats) or 0)
  if reason then return { reason = reason, rule = drawn } end
  return { place = place, draws = drawn, flag = flag, own = own }
end
-- Open the seat that was found: what was assigned to the asker, or lingers for him, becomes this one.
local function openFound(found, seats, facts)
  if found.flag and (tally.overdraftTerm ~= termMs or tally.overdraftSince == 0) then
    tally.overdraftTerm, tally.overdraftSince, tallied = termMs, nowMs, true
  end
  if found.own then stopHolding(found.own, "taken")
  elseif rules.hold and tally.lost > 0 then
    local name, before = assignmentNames(seats, facts)
    sighted(name); sighted(before)
  end
  if tally.lingering > 0 then stopLingering(people(facts), "taken", tonumber(seats)) end
  openSeat(found.place, seats, found.draws)
  draw(found.draws, seats)
end
