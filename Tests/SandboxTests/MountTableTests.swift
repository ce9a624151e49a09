import Capabilities
import Sandbox
import Testing

/// Which directories show what no agent has, by what is mounted where.
@Suite struct MountTableTests {
    /// The root, the node's own file system, a bind of its records, a chroot with a /proc, a disk with a blank in its
    /// name, and more.
    private static let table = """
        22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        30 22 8:2 / /var/lib/egghead rw - ext4 /dev/sda2 rw
        31 22 8:2 /records /srv/web/notes rw master:1 propagate_from:2 - ext4 /dev/sda2 rw
        32 22 0:5 / /srv/chroot/proc rw - proc proc rw
        33 22 8:3 / /mnt/my\\040disk rw - ext4 /dev/sda3 rw
        34 22 8:1 / /mnt/all ro - ext4 /dev/sda1 rw
        35 22 8:4 / /srv/data rw - ext4 /dev/sda4 rw
        36 35 8:5 / /srv/data rw - ext4 /dev/sda5 rw
        37 22 8:1 /etc/egghead/keys /srv/link/keys rw - ext4 /dev/sda1 rw
        40 22 0:4 net:[4026532200] /srv/netns/blue rw - nsfs nsfs rw
        41 22 0:6 / /usr/share/chroot/sys rw - sysfs sysfs rw
        nonsense
        38 22 8:9 /
        """

    @Test(
        arguments: [
            ("/srv/app", nil), ("/mnt/my disk", nil), ("/srv/data", nil), ("/mnt/my disk/deep/er", nil),
            ("/srv/web", "shows the node's own /var/lib/egghead, by a mount at /srv/web/notes"),
            ("/srv/web/notes", "shows the node's own /var/lib/egghead, by a mount at /srv/web/notes"),
            ("/srv/web/notes/team", "shows the node's own /var/lib/egghead, by a mount at /srv/web/notes/team"),
            ("/srv/web/other", nil), ("/srv/chroot", "has the kernel's proc mounted at /srv/chroot/proc"),
            ("/srv/chroot/etc", nil), ("/srv/netns", "has the kernel's nsfs mounted at /srv/netns/blue"),
            ("/mnt/all", "shows the node's own /etc/egghead/keys, by a mount at /mnt/all"),
            ("/mnt/all/etc/egghead", "shows the node's own /etc/egghead/keys, by a mount at /mnt/all/etc/egghead"),
            ("/mnt/all/usr", nil),
            ("/srv/link", "shows the node's own /etc/egghead/keys, by a mount at /srv/link/keys"),
        ] as [(String, String?)])
    func `a mount shows what it is of, under whatever name`(directory: String, problem: String?) throws {
        let reserved = ["/var/lib/egghead", "/etc/egghead/keys"].compactMap { FilePath($0) }
        let found = MountTable(Self.table).problem(of: try #require(FilePath(directory)), reserved: reserved)
        #expect(found == problem)
    }

    @Test func `what another machine or a program answers for is told from a disk`() throws {
        let table =
            Self.table + """

                50 22 0:50 / /srv/home rw - nfs4 server:/home rw
                51 22 0:51 / /srv/far rw - fuse.sshfs ann@far: rw
                52 50 8:7 / /srv/home/disk rw - xfs /dev/sdb1 rw
                """
        func isElsewhere(_ path: String) throws -> Bool {
            MountTable(table).isElsewhere(try #require(FilePath(path)))
        }
        #expect(try isElsewhere("/srv/home/ann") && isElsewhere("/srv/far") && !isElsewhere("/srv/home/disk/x"))
        #expect(try !isElsewhere("/srv/app") && !isElsewhere("/srv/data"))
        #expect(try MountTable("").isElsewhere(#require(FilePath("/srv"))), "nobody knows")
    }

    @Test func `what every sandbox has is looked at as well, but for what is hidden there`() throws {
        let usr = try #require(FilePath("/usr")), table = Self.table
        #expect(MountTable(table).problem(below: usr, reserved: [])?.contains("/usr/share/chroot/sys") == true)
        let clean = table.replacing("/usr/share/chroot/sys", with: "/opt/sys")
        let own = try #require(FilePath("/var/lib/egghead"))
        #expect(MountTable(clean).problem(below: usr, reserved: [own]) == nil)
        let bound = clean.replacing("/srv/web/notes", with: "/usr/local/notes")
        #expect(
            MountTable(bound).problem(below: usr, reserved: [own])
                == "shows the node's own /var/lib/egghead, by a mount at /usr/local/notes")
        let hidden = try #require(FilePath("/usr/local/notes"))
        #expect(MountTable(bound).problem(below: usr, reserved: [own, hidden]) == nil)
    }

    @Test func `of no mounts nothing is known, so nothing is shown`() throws {
        let path = try #require(FilePath("/srv"))
        #expect(MountTable("").problem(of: path, reserved: [path]) == "is on no mount that this machine tells of")
    }
}
