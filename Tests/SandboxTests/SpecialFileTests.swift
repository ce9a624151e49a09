import Glibc
import Testing

/// What a program cannot leave in its agent's directory for whoever reads it outside, and what it still can.
@Suite struct SpecialFileTests {
    /// Each prints `ESCAPED` when it has made what is no ordinary file.
    static let attempts = [
        "mkfifo f && echo ESCAPED", "mknod f p && echo ESCAPED", "mkdir d && mkfifo d/f && echo ESCAPED",
        "mknod f c 0 0 && echo ESCAPED", "mknod f c 1 3 && echo ESCAPED", "mknod f b 7 0 && echo ESCAPED",
        "mkfifo $TMPDIR/f && cp -a $TMPDIR/f f && test -p f && echo ESCAPED",
        "mkfifo $TMPDIR/f && tar -cf a.tar -C $TMPDIR f && tar -xf a.tar && test -p f && echo ESCAPED",
        "python3 -c 'import os; os.mknod(\"f\", 0o140600)' && test -S f && echo ESCAPED",
        "python3 -c 'import socket; a, b = socket.socketpair(); a.bind(\"f\")' && test -S f && echo ESCAPED",
        "python3 -c 'import os; os.mkfifo(\"f\", dir_fd=os.open(\".\", os.O_RDONLY))' && echo ESCAPED",
    ]

    /// Without it nothing keeps a program from making a FIFO or a socket. See: landlock_create_ruleset(2)
    private static let hasLandlock: Bool = {
        let version = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1) > 1)"
        return (try? Sandbox().runOutside("python3 -c '\(version)'")) == "True\n"
    }()

    @Test(.enabled(if: hasLandlock, "the kernel has no Landlock"), arguments: attempts, ["/tmp", "/var/tmp"])
    func `a program leaves nothing for which a reader waits`(attempt: String, place: String) throws {
        let sandbox = try Sandbox(in: place)
        for outcome in [try sandbox.evaluate(attempt), try sandbox.execute(attempt)] {
            #expect(outcome.status == .done && !outcome.text.contains("ESCAPED"), "\(outcome)")
        }
        #expect(sandbox.runOutside("find $ROOT -name f -not -type f") == "")
    }

    @Test(.enabled(if: geteuid() == 0), arguments: attempts)
    func `outside a sandbox it is made`(attempt: String) throws {
        #expect(try Sandbox().runOutside("cd $ROOT && \(attempt)").contains("ESCAPED"))
    }

    @Test func `in its own temporary directory a program has FIFOs`() throws {
        let outcome = try Sandbox(in: "/var/tmp").evaluate(
            "mkfifo $TMPDIR/f && (echo heard >$TMPDIR/f & cat $TMPDIR/f); mkfifo /dev/shm/f && echo made")
        #expect(outcome.text == "[exit status 0]\nheard\nmade\n")
    }

    /// Each prints `so`, and makes files of every ordinary kind, or speaks with itself by what has no name.
    @Test(
        arguments: [
            "echo x >a && mkdir d && ln -s a l && ln a h && mv a d/a && cp -a d e && chmod 700 e && rm -r d && echo so",
            "mkdir d && echo x >d/a && ln -s a d/l && tar -cf a d && rm -r d && tar -xf a && cat d/l && echo so",
            "git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm x --allow-empty && echo so",
            "bash -c 'diff <(echo x) <(echo x)' && echo so", "echo x | tee a | grep -q x && echo so",
            "python3 -c 'import multiprocessing as m; print(m.Pool(2).map(abs, [-1]))' && echo so",
            "python3 -c 'import subprocess as s; s.run(\"true\")' && cp $(mktemp) $(mktemp -p .) && echo so",
            "printf 'all: a b\\na b:\\n\\t@echo $@ >$@\\n' >Makefile; ! command -v make || make -j2 && echo so",
        ], ["/tmp", "/var/tmp"])
    func `what programs do every day they do`(script: String, place: String) throws {
        let outcome = try Sandbox(in: place).evaluate(script)
        #expect(outcome.text.hasPrefix("[exit status 0]") && outcome.text.hasSuffix("so\n"), "\(outcome)")
    }
}
