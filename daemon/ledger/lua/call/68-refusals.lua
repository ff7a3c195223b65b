-- Refusals: people who found no seat, counted when they begin, however often they try (domain/refusals.ts says what is one).
-- Surprising: a person is a pseudonym, this year's or last year's, because this outlives the launch; tries are folded by the
-- moments that the events tell, so that the history folds the same, but forgotten by virtual time, which runs no faster.
local refusals, folds, unfolded = 0, {}, {} -- name -> last denial and attempts, or false; read when first needed
local function foldNames(facts)
  local product, user, userBefore, attempt = match(facts,
    "^([^\t]*)\t[^\t]*\t[^\t]*\t[^\t]*\t([^\t]*)\t([^\t]*)\t[^\t]*\t[^\t]*\t[^\t]*\t([^\t]*)")
  local ofProduct = "refused:" .. product .. " "
  return ofProduct .. user, ofProduct .. userBefore, attempt
end
local function fold(name)
  if folds[name] == nil then
    local lastMs, attempts = match(call("HGET", LEASES, name) or "", "^\trefused\t(%d+)\t(.*)$")
    folds[name] = lastMs and { lastMs = tonumber(lastMs), attempts = attempts } or false
  end
  return folds[name]
end
local function unfold(name)
  if not fold(name) then return end
  count("refused", -1)
  folds[name] = false
  unfolded[#unfolded + 1] = name
end

-- Denied for want of a seat: one more try, or the first of a refusal. Of one person belongs together what lies close, and
-- what one attempt asks, however far apart.
local function refuse(facts)
  local name, before, attempt = foldNames(facts)
  local known = fold(name) or fold(before)
  local attempts = known and known.attempts or " "
  local isSame = find(attempts, " " .. attempt .. " ", 1, true) -- without an attempt two spaces, which stand nowhere
  if not known or (atMs - known.lastMs > foldMs and not isSame) then refusals = refusals + 1 end
  -- Beyond so many people each try counts: rather too many are told of than too few.
  if not known and tally.refused >= foldMost then return end
  if attempt ~= "" and not isSame then attempts = sub(" " .. attempt .. attempts, 1, 400) end -- the last ten
  if not fold(name) then
    unfold(before)
    count("refused", 1)
  end
  folds[name] = { lastMs = atMs, attempts = attempts }
end
-- Granted: who is denied again is refused again.
local function relieve(facts)
  local name, before = foldNames(facts)
  unfold(name); unfold(before)
end

local function writeRefusals()
  if refusals > 0 then call("HINCRBY", STATE, "refusals", refusals) end
  each("HDEL", LEASES, unfolded, #unfolded); each("ZREM", DUE, unfolded, #unfolded)
  local put, due = {}, {}
  for name, known in pairs(folds) do -- what was read and is there still, was denied again
    if known then
      put[#put + 1] = name; put[#put + 1] = "\trefused\t" .. atText .. "\t" .. known.attempts
      keepDue(due, name, dueIn(known.attempts == " " and foldMs + 1 or attemptMs))
    end
  end
  each("HSET", LEASES, put, #put); each("ZADD", DUE, due, #due)
end
