# SPDX-License-Identifier: Apache-2.0
"""Tests of unittest in a worker; follows tum_functions.py.

All unittest items of a campaign share one worker. A file is executed once for each item;
its tests are run one call each, so that tum decides after every test how to go on.
"""

# What was loaded for an item: its tests, or why there are none.
test_items = {}


def tests_of(module, wanted):
    import unittest

    loader = unittest.TestLoader()
    tests, known = [], set()
    for name in sorted(vars(module)):
        member = vars(module)[name]
        if not (isinstance(member, type) and issubclass(member, unittest.TestCase)):
            continue
        for method in loader.getTestCaseNames(member):
            known.add(method)
            if not wanted or method in wanted:
                tests.append(member(method))
    missing = [name for name in wanted or [] if name not in known]
    if missing:
        raise Refused(
            "there is no test %s; there are: %s"
            % (
                ", ".join("'%s'" % name for name in missing),
                ", ".join(sorted(known)) or "none",
            )
        )
    return tests


def load_tests(message):
    item = message["item"]
    if item not in test_items:
        path = message["file"]
        name = os.path.basename(path).split(".")[0]
        module = load_file(os.path.realpath(path), name)
        test_items[item] = tests_of(module, message["methods"])
    return test_items[item]


def list_tests(message):
    names = [test._testMethodName for test in load_tests(message)]
    return '"value": ' + _dumps(names)


def short_text(kind, error):
    """An exception in one line, as the last one of its traceback."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return "%s: %s" % (kind.__name__, text) if text else kind.__name__


def make_suite(test):
    """A suite of one test, which knows nothing of modules."""
    import unittest

    class Suite(unittest.TestSuite):
        def _handleModuleFixture(self, test, result):
            pass

        def _handleModuleTearDown(self, result):
            pass

    return Suite([test])


def make_result_class():
    import unittest

    class Result(unittest.TextTestResult):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.said = []
            self.passed = False

        def say(self, error, before=""):
            self.said.append(before + short_text(error[0], error[1]))

        def addError(self, test, err):
            super().addError(test, err)
            self.say(err)

        def addFailure(self, test, err):
            super().addFailure(test, err)
            self.say(err)

        def addSubTest(self, test, subtest, err):
            super().addSubTest(test, subtest, err)
            if err is not None:
                self.say(err, subtest._subDescription() + " ")

        def addSkip(self, test, reason):
            super().addSkip(test, reason)
            self.said.append(str(reason))

        def addSuccess(self, test):
            super().addSuccess(test)
            self.passed = True

        def addExpectedFailure(self, test, err):
            super().addExpectedFailure(test, err)
            self.passed = True

        def addUnexpectedSuccess(self, test):
            super().addUnexpectedSuccess(test)
            self.passed = True

        def verdict(self):
            if self.errors or self.failures:
                return "FAIL"
            return "SKIP" if self.skipped and not self.passed else "PASS"

    return Result


def run_test(message):
    import unittest

    test = load_tests(message)[message["index"]]
    try:
        test.reported_values = {}
    except Exception:
        pass
    runner = unittest.TextTestRunner(
        stream=sys.stdout, verbosity=2, resultclass=make_result_class()
    )
    try:
        result = runner.run(make_suite(test))
        verdict, said = result.verdict(), result.said
    except BaseException as e:
        print(traceback_text(e))
        verdict, said = "FAIL", [short_text(type(e), e)]
    data = "{}"
    values = getattr(test, "reported_values", None) or {}
    try:
        if not isinstance(values, dict):
            raise Untold("reported_values is no dict: %r" % (values,))
        data = reported_text(values)
    except Untold as e:
        verdict, said = "FAIL", said + [str(e)]
    told = {"result": verdict, "message": without_surrogates("\n".join(said))}
    return '"value": ' + _dumps(told) + ', "reported": ' + data


def make_api():
    """The module api.testium: the API, and what only these tests have."""
    api = types.ModuleType("api")
    testium = types.ModuleType("api.testium", tm.__doc__)
    for name in tm.__all__:
        setattr(testium, name, getattr(tm, name))

    def debug_enabled():
        """True while DEBUG lines are printed."""
        return bool(tm.gd("test_debug"))

    def enable_debug(on=True):
        """Turns DEBUG lines on or off."""
        tm.setgd("test_debug", bool(on))

    def print_debug(*args):
        if debug_enabled():
            print("DEBUG", *args)

    def print_info(*args):
        print("INFO ", *args)

    def print_warn(*args):
        print("WARN ", *args)

    def sys_encoding():
        """Encoding of text in and out."""
        return "utf-8"

    def line_number(phrase, file):
        """Number of the first line of a file that holds a text; None: there is none."""
        with open(file, encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if phrase in line:
                    return number
        return None

    def missing(name):
        if name.startswith("_") or not re.search("console|plot", name.lower()):
            raise AttributeError("module 'api.testium' has no attribute %r" % name)

        def refuse(*_, **__):
            raise ETUMRuntimeError("api.testium.%s is not available here" % name)

        return refuse

    for function in (
        debug_enabled, enable_debug, print_debug, print_info, print_warn, sys_encoding,
        line_number,
    ):
        function.__module__ = "api.testium"
        setattr(testium, function.__name__, function)
    testium.__getattr__ = missing
    api.testium = testium
    api.__path__ = []
    sys.modules["api"] = api
    sys.modules["api.testium"] = testium


def begin_tests(request):
    os.chdir(request["directory"])
    writes = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    import tum  # which cannot be found from now on, nor can py_func.tm

    sys.dont_write_bytecode = writes
    if setup["runtime"] in sys.path:
        sys.path.remove(setup["runtime"])
    make_api()
    operations["tests"] = list_tests
    operations["test"] = run_test


kinds["unittest"] = begin_tests
