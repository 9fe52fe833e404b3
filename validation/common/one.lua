return { one = function() return 1 end }
