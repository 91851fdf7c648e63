"""Import a tool once; fork a run of it, in a session of its own, for each request on the standard input."""

import importlib.util
import json
import os
import sys
import traceback
from contextlib import redirect_stdout
from importlib import import_module


def run(tool, request):
    os.setsid()
    os.chdir(request['cwd'])
    output = os.open(request['output'], os.O_WRONLY | os.O_CREAT)
    print(os.getpid(), flush=True)  # from now on it can be killed as a session
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = request['arguments']
    try:
        tool.main()
        return 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 70


def main():
    spec = importlib.util.spec_from_file_location('tool', sys.argv[1])
    tool = importlib.util.module_from_spec(spec)
    # mmpretrain prints a line while it is imported beside transformers; ours is the only word on the standard output.
    with redirect_stdout(sys.stderr):
        spec.loader.exec_module(tool)
        for library in ('mmpretrain.models', 'mmseg.models', 'mmdet.models'):
            import_module(library)
    for line in sys.stdin:
        request = json.loads(line)
        if 'wait' in request:
            print(os.waitstatus_to_exitcode(os.waitpid(request['wait'], 0)[1]), flush=True)
            continue
        if os.fork() == 0:
            status = run(tool, request)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)


if __name__ == '__main__':
    main()
