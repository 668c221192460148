-- The cookies of the control plane (slipway_*) never reach an app, and an app can set none that reach beyond its own host.
-- Lua errors let a request through unfiltered, so each function touches nothing that may be nil.

local function is_of_platform(cookie)
  -- A browser sends "Set-Cookie: =slipway_x=1", a cookie without a name, back as "slipway_x=1".
  local name = cookie:gsub("^[%s=]+", "")
  local lower = name:lower()
  for _, prefix in ipairs({"__host-", "__secure-"}) do
    if lower:sub(1, #prefix) == prefix then name = name:sub(#prefix + 1) end
  end
  return name:sub(1, 8) == "slipway_"
end

local function is_domain_attribute(attribute)
  local name = attribute:match("^%s*([^=]-)%s*$") or attribute:match("^%s*([^=]-)%s*=") or ""
  return name:lower() == "domain"
end

-- The parts of a ";"-separated text that are not dropped, joined as they were; nil when all stay.
local function without(text, is_dropped)
  local kept, dropped_any = {}, false
  for part in (text .. ";"):gmatch("([^;]*);") do
    if is_dropped(part, #kept) then dropped_any = true else kept[#kept + 1] = part end
  end
  if not dropped_any then return nil end
  return (table.concat(kept, ";"):gsub("^%s+", ""))
end

local function values(headers, name)
  local found = {}
  for index = 0, headers:getNumValues(name) - 1 do
    found[#found + 1] = headers:getAtIndex(name, index)
  end
  return found
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local cookies = values(headers, "cookie")
  if #cookies == 0 then return end
  local filtered = without(table.concat(cookies, "; "), is_of_platform)
  if filtered == nil then return end
  headers:remove("cookie")
  if filtered:find("%S") then headers:add("cookie", filtered) end
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local cookies = values(headers, "set-cookie")
  if #cookies > 0 then
    headers:remove("set-cookie")
    for _, cookie in ipairs(cookies) do
      if not is_of_platform(cookie) then
        local host_only = without(cookie, function(part, position) return position > 0 and is_domain_attribute(part) end)
        headers:add("set-cookie", host_only or cookie)
      end
    end
  end
  -- "cookies" in it would sign the visitor out of every host of the registrable domain, the control plane's included.
  if headers:get("clear-site-data") ~= nil then
    headers:replace("clear-site-data", '"cache", "storage"')
  end
end
