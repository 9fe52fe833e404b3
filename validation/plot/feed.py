import py_func.tm as tm

import counter


def ramp(start, step=1):
    """Another value at each call: the worker is kept, and with it what is imported."""
    count = counter.next_value()
    print("asked for value", count)
    return {"ramp": start + step * count, "square": (count % 2) * 2.5}


def raw():
    return 21


def broken():
    raise ValueError("the sensor is gone")


def wrong():
    return "no mapping"


def late_error():
    count = counter.next_value()
    if count == 2:
        raise ValueError("once only")
    return {"calls": count}


def from_script(plot):
    tm.add_plot_values(plot, {"script": 5, "flag": True})
    return {line: last[2] for line, last in tm.last_plot_value(plot).items()}


def unknown():
    try:
        tm.last_plot_value("nowhere")
    except tm.ETUMRuntimeError as error:
        return "nowhere" in str(error)


def read(path):
    return open(path).read()
