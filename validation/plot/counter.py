value = 0


def next_value():
    global value
    value += 1
    return value
