-- wrk posts JSON: wrk -s post.lua URL -- BODY
function init(args)
  wrk.method = "POST"
  wrk.body = args[1]
  wrk.headers["content-type"] = "application/json"
end
