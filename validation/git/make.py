"""Work trees in every state, made with the git program."""
import os
import subprocess

ENV = dict(os.environ, GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a",
           GIT_COMMITTER_EMAIL="a@b", GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
ENV.pop("GIT_TEST_ASSUME_DIFFERENT_OWNER", None)


def git(folder, *args):
    subprocess.run(["git", "-c", "protocol.file.allow=always", *args], cwd=folder, env=ENV, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)


def commit(folder, name):
    with open(os.path.join(folder, name), "a") as file:
        file.write("line\n")
    git(folder, "add", ".")
    git(folder, "commit", "-m", name)


def repository(top, name):
    path = os.path.join(top, name)
    os.makedirs(path)
    git(path, "init", "-b", "trunk")
    commit(path, "first")
    return path


def make(top):
    clean = repository(top, "clean")
    os.makedirs(os.path.join(clean, "sub"))
    git(clean, "remote", "add", "origin", "ssh://host/clean.git")
    changed = repository(top, "changed")
    with open(os.path.join(changed, "first"), "a") as file:
        file.write("more\n")
    untracked = repository(top, "untracked")
    open(os.path.join(untracked, "new"), "w").close()
    staged = repository(top, "staged")
    with open(os.path.join(staged, "first"), "a") as file:
        file.write("more\n")
    git(staged, "add", ".")
    tagged = repository(top, "tagged")
    for tag in ("v1.0", "v1.1", "a"):
        git(tagged, "tag", tag)
    tagged_changed = repository(top, "tagged-changed")
    git(tagged_changed, "tag", "v2")
    with open(os.path.join(tagged_changed, "first"), "a") as file:
        file.write("more\n")
    detached = repository(top, "detached")
    git(detached, "checkout", "--detach")
    lost = repository(top, "lost")
    commit(lost, "second")
    git(lost, "checkout", "--detach")
    git(lost, "branch", "-f", "trunk", "HEAD~1")
    outer = repository(top, "outer")
    git(outer, "submodule", "add", clean, "inner")
    git(outer, "commit", "-m", "inner")
    outer_changed = os.path.join(top, "outer-changed")
    git(top, "clone", "--recurse-submodules", outer, outer_changed)
    with open(os.path.join(outer_changed, "inner", "first"), "a") as file:
        file.write("more\n")
    git(top, "clone", outer, os.path.join(top, "not-initialised"))
    os.makedirs(os.path.join(top, "empty"))
    git(os.path.join(top, "empty"), "init", "-b", "trunk")
    git(top, "init", "--bare", os.path.join(top, "bare.git"))
    os.makedirs(os.path.join(top, "plain"))
    spaces = repository(top, "with blank and ü")
    git(spaces, "branch", "-m", "Warning")
    link = os.path.join(top, "worktree")
    git(clean, "worktree", "add", "-b", "side", link)
