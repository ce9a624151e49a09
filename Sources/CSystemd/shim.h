#pragma once
// libsystemd: notification, the descriptor store, the journal. See sd_notify(3), sd_listen_fds(3), sd_journal_print(3).
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
