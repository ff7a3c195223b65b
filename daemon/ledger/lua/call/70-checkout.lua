-- Ask for seats, all of them or none.
-- Surprising: a live lease is answered with what it has, whatever the rules say by now; one that was given back takes no
-- second seat; one that was passed on to the next pool is sent there again, though there may be room here by now, until
-- its note expires; and what runs already is never denied: without room it runs outside the count that decides. So does
-- what was borrowed, and lost with the ledger: it is rebuilt from the history, unless it has been heard of since.
if checkouts > 0 then
  local put, due = {}, {}
  local function hold(id, value, dueAt)
    local n = #put
    put[n + 1] = id; put[n + 2] = value
    if dueAt then keepDue(due, id, dueAt) end
  end

  -- The lease moved to another site: its count moves with it, if its seat is its own, and it is never denied for it.
  local function moved(id, held, record)
    local since, holder, key, seats, drawn = match(held, LEASE)
    local asked, user, device, facts = match(record, "^[^\t]*\t[^\t]*\t[^\t]*\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local from, to = match(drawn, "site:%S+"), match(asked, "site:%S+")
    if from == to then return held end
    local first, last = find(drawn, from, 1, true)
    local draws = sub(drawn, 1, first - 1) .. to .. sub(drawn, last + 1)
    if key ~= "" then
      local sharers, opened = match(seat(key), "^(%d+) %S+ (.*)$")
      if sharers ~= "1" or opened ~= drawn then return held end
      seatOf[key] = "1 " .. seats .. " " .. draws
    end
    draw(drawn, "-" .. seats); draw(draws, seats)
    facts = facts .. "\t" .. flagsOf(held)
    event("moved", id, "0", drawn, told(since, seats, draws, facts))
    return concat({ since, holder, key, seats, draws, user, device, facts }, "\t")
  end

  -- A lease that was rebuilt bears pseudonyms until its computer speaks of it. Nothing: that is another one's.
  local function named(held, record)
    local since, holder, key, seats, draws, _, _, facts = match(held, LEASE)
    local owner, _, _, _, user, device, asking = match(record, REQUEST)
    local _, _, computer, _, computerBefore = people(asking)
    if holder ~= "\29" .. computer and holder ~= "\29" .. computerBefore then return nil end
    return concat({ since, owner, key, seats, draws, user, device, facts }, "\t")
  end

  -- Take a seat along until a day, or for longer than before.
  local function borrow(id, line, seats, draws, terms)
    local untilMs = term(terms, "borrow")
    if not untilMs then return line, false end
    local known, flags = match(line, "^(.*\t)(.*)$")
    local before = match(flags, "borrowed=%d+")
    if not before then countBorrowed(draws, seats); call("ZREM", DUE, id) end
    date(id, tonumber(untilMs))
    local flag = "borrowed=" .. untilMs
    if before then return known .. gsub(flags, before, flag), true end
    if term(terms, "recalled") then flag = flag .. ",recalled" end
    return line .. (flags == "" and "" or ",") .. flag, true
  end

  -- A lease comes to be: with a seat of its own, as one of those who share it, or outside the count.
  local function grant(id, record, facts, flags, terms, seats, draws, place, moves, reason, isAsAsked)
    -- What ran already without anybody to hear of it began then.
    local since, line = term(terms, "since")
    if not since or tonumber(since) > atMs then since = atText end
    if isAsAsked then line = since .. "\t" .. record .. "\t" .. flags -- as most have it
    else
      local holder, _, _, _, user, device = match(record, REQUEST)
      line = concat({ since, holder, place, seats, draws, user, device, facts, flags }, "\t")
    end
    local borrowed, all = false, flags
    if terms ~= "" then
      line, borrowed = borrow(id, line, seats, draws, terms)
      all = flagsOf(line)
    end
    if find(flags, "rebuilt", 1, true) then count("rebuilt", 1) end
    hold(id, line, not borrowed and dueText)
    if tally.refused > 0 then relieve(facts) end
    event("granted", id, moves, reason and all .. " " .. reason or all, told(since, seats, draws, facts .. "\t" .. all))
    return all == "" and "granted" or "flagged\t" .. line
  end

  local function joinSeat(id, record, facts, flags, terms, place, shared, reason)
    local sharers, seats, draws = match(shared, "^(%d+) (%d+) (.*)$")
    seatOf[place] = format("%d ", sharers + 1) .. seats .. " " .. draws
    flags = "shared" .. (flags == "" and "" or "," .. flags)
    return grant(id, record, facts, flags, terms, seats, draws, place, "0", reason)
  end

  -- Outside the count that decides; launches that would share a seat share it there, too.
  local function grantOutside(id, record, flag, reason, terms)
    local _, key, seats, draws, _, _, facts = match(record, REQUEST)
    local place = key == "" and "" or "outside\29" .. key
    local joined = place ~= "" and seat(place)
    if joined then return joinSeat(id, record, facts, flag, terms, place, joined, reason) end
    local drawn = "outside " .. gsub(draws, "<%S+", "")
    openSeat(place, seats, drawn)
    draw(drawn, seats)
    return grant(id, record, facts, flag, terms, seats, drawn, place, seats, reason)
  end

  -- A duty officer may launch without a free seat, so often a month; returns the name under which that is counted.
  local function glass(terms)
    local name = term(terms, "glass")
    if not rules.glass or not name then return nil end
    local times = tonumber(match(call("HGET", LEASES, "glass:" .. name) or "", "%d+$") or 0)
    return times < rules.glass and "glass:" .. name or nil, times + 1
  end
  local WANT_OF_SEATS = { no_seats = true, only_reserved_seats = true, site_full = true, group_limit = true,
    user_limit = true, device_limit = true }

  local function enqueue(id, record, terms, waitMs)
    count("tickets", 1)
    local untilMs = vnow + min(waitMs, rules.queue)
    hold(id, "\twaiting\t" .. format("%d", untilMs) .. "\t" .. terms .. "\t" .. record, format("%d", min(vnow + ttlMs, untilMs)))
    call("ZADD", QUEUE, format("%d", 1e12 + tally.tickets), id)
    count("waiting", 1)
    event("queued", id, "0", format("%d", min(waitMs, rules.queue)), toldOf(record))
    return standing(id, "waiting")
  end

  local function deny(id, reason, rule, record, facts)
    if FOR_SEATS[reason] then refuse(facts) end
    event("denied", id, "0", reason, toldOf(record))
    return reason .. "\t" .. rule
  end

  local function checkout(id, record, verdict, next, terms, held)
    local holder, key, seats, draws, _, _, facts = match(record, REQUEST)
    local flags, runs, kind = "", term(terms, "running") ~= nil, kindOf(held)
    local upgrades = true
    local epoch = term(terms, "rebuilt")
    if epoch then
      if held or not isLost(epoch) then return "returned" end
      flags = "rebuilt"
    end
    if live(held) then
      local theirs = heldBy(held, holder) and held or named(held, record)
      if not theirs then return "not_holder" end
      local now = moved(id, theirs, record)
      local untilMs, isBorrowed = term(terms, "borrow"), hasFlag(held, "borrowed=")
      -- A ticket that was given stays good until its day.
      if isBorrowed and untilMs and tonumber(untilMs) <= tonumber(match(flagsOf(held), "borrowed=(%d+)")) then untilMs = nil end
      local since, _, _, seatsNow, drawn = match(now, LEASE)
      -- What speaks against a launch speaks against taking its seat along, for longer than before too.
      local reason, rule = untilMs and verdict ~= "" and verdict, ""
      local isReclaimed = untilMs and tally.reclaiming > 0 and call("HEXISTS", LEASES, "reclaim:" .. id) == 1
      if untilMs and not reason and (isReclaimed or isBorrowed and hasFlag(held, ",recalled")) then
        reason, rule = "borrow_limit", "borrow.recalled" -- it is wanted back, and a ticket could not be unsaid
      elseif untilMs and not reason and not isBorrowed then
        -- What runs outside the count has no seat to take along.
        if sub(drawn, 1, 7) == "outside" and not rules.observe then reason, rule = "no_seats", "entitlements"
        else
          rule = againstBorrowingTaken(tonumber(seatsNow))
          reason = rule and "borrow_limit"
        end
      end
      local isTaken = untilMs and not reason
      if isTaken then
        now = borrow(id, now, seatsNow, drawn, terms)
        event("borrowed", id, "0", untilMs, told(since, seatsNow, drawn, select(8, match(now, LEASE))))
      end
      if now ~= held then hold(id, now) end
      if not isTaken and not isBorrowed then keepDue(due, id, dueText) end
      if reason then
        return deny(id, reason, rule, record, facts)
      end
      return "live\t" .. now
    elseif kind == "expired" then flags, runs = "resumed", true
    elseif kind == "passed" then
      if not term(terms, "back") then return "passed\t" .. sub(held, 9) end
    elseif kind == "waiting" or kind == "offered" then
      if match(asked(held), "^[^\t]*") ~= holder then return "not_holder" end
      if kind == "waiting" and not runs then
        keepDue(due, id, waitDueText(held))
        return standing(id, kind)
      end
      -- What was set aside is given back, and taken below; if it cannot be taken any more the offer is over.
      if moreDue then return "again" end
      stopWaiting(id, held)
      call("HDEL", LEASES, id); call("ZREM", DUE, id)
    elseif kind == "lapsed" then verdict = runs and verdict or "queue_lapsed"
    elseif kind == "borrow_due" and runs then flags = "resumed"
    elseif kind == "reclaimed_by_admin" or kind == "reclaimed_idle" or kind == "device_retired" then
      if not runs then return "returned" end
      upgrades = false
    elseif held then return "returned" end
    if flags == "" and upgrades and term(terms, "since") then flags = "ungoverned" end

    if tally.recovering > 0 and not runs and verdict == "" and kind ~= "offered" then return "recovering" end
    local found = verdict ~= "" and { reason = verdict, rule = "" } or judge(key, seats, draws, facts, terms)
    if runs and found.reason == "borrow_limit" then -- it is taken along already
      found = judge(key, seats, draws, facts, (gsub(terms, " borrow=%S+", "")))
    end
    -- Enforcement would have denied it, and nobody would be there to come back.
    if flags == "resumed" and rules.observe and find(held, "\tobserved", 1, true) then
      return grantOutside(id, record, "resumed,observed", found.reason or kind, terms)
    end
    if found.shared then return joinSeat(id, record, facts, flags, terms, found.place, found.shared) end
    if not found.reason and upgrades then
      if found.flag then flags = flags .. (flags == "" and "" or ",") .. found.flag end
      openFound(found, seats, facts)
      local isAsAsked = found.place == key and found.draws == draws
      return grant(id, record, facts, flags, terms, seats, found.draws, found.place, seats, nil, isAsAsked)
    end

    local reason = found.reason or kind
    if verdict == "" and found.reason then
      if moreDue then return "again" end
      if next ~= "" and upgrades and reason ~= "entitlement_ended" and reason ~= "entitlement_not_started" then
        hold(id, "\tpassed\t" .. next, noteDueText)
        event("passed", id, "0", next, toldOf(record))
        return "passed\t" .. next
      end
    end
    if runs and reason ~= "product_unknown" then
      local answer = grantOutside(id, record, flags == "" and "excess" or flags .. ",excess", reason, terms)
      if upgrades and verdict == "" then
        -- It lacked a seat, and no rule speaks against it. Of its request are kept the reservations and the limits; its
        -- site may move.
        local groups = ""
        for group in gmatch(terms, " from=%S+") do groups = groups .. group end
        hold("excess:" .. id, "\twants\t" .. groups .. " \t" .. match(draws, "^%S+(.*)$"))
        count("tickets", 1); count("excess", 1)
        freed = true -- sharing a seat of another weight it may need fewer than it asked for
        call("ZADD", QUEUE, format("%d", tally.tickets), id)
      end
      return answer
    end
    if rules.observe then return grantOutside(id, record, "observed", reason, terms) end
    if WANT_OF_SEATS[reason] then
      local name, times = glass(terms)
      if name then
        call("HSET", LEASES, name, format("\ttimes\t%d", times))
        date(name, nowMs + 40 * 86400000)
        return grantOutside(id, record, "break_glass", reason, terms)
      end
      local waitMs = rules.queue and tonumber(term(terms, "wait"))
      if waitMs and waitMs > 0 then return enqueue(id, record, terms, waitMs) end
    end
    return deny(id, reason, found.rule, record, facts)
  end

  local held, answered = call("HMGET", LEASES, unpack(ARGV, checkoutIds + 1, checkoutIds + checkouts)), #answers
  for i = 1, checkouts do
    answers[answered + i] = checkout(ARGV[checkoutIds + i], ARGV[checkoutRecords + i],
      checkoutVerdicts and ARGV[checkoutVerdicts + i] or "", checkoutNexts and ARGV[checkoutNexts + i] or "",
      checkoutTerms and ARGV[checkoutTerms + i] or "", held[i])
  end
  each("HSET", LEASES, put, #put); each("ZADD", DUE, due, #due)
end
