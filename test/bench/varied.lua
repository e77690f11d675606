-- wrk asks for another path, with another query, cookie and request id, each time.
local number = 0

function request()
  number = number + 1
  wrk.headers["cookie"] = "theme=dark; session=" .. number
  wrk.headers["x-request-id"] = string.format("%016x", number)
  return wrk.format("GET", "/items/" .. number .. "?page=" .. number)
end
