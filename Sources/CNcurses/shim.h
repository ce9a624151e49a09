#pragma once
// ncurses with wide characters. Its globals and macros are out of Swift's reach: one function for each that we need.
// See: ncurses(3NCURSES)
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 600  // wcwidth
#endif
#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <stdbool.h>
#include <stdio.h>
#include <wchar.h>

// Takes the terminal over: every key at once and unseen, no waiting. False when ncurses does not know the terminal.
static inline bool cncurses_open(void) {
    if (newterm(NULL, stdout, stdin) == NULL) return false;
    set_escdelay(25);
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    return true;
}

static inline void cncurses_color(short pair, short foreground) { init_pair(pair, foreground, -1); }
static inline int cncurses_rows(void) { return getmaxy(stdscr); }
static inline int cncurses_columns(void) { return getmaxx(stdscr); }
static inline void cncurses_erase(void) { erase(); }
static inline void cncurses_repaint(void) { clearok(stdscr, TRUE); }
static inline void cncurses_write(int row, int column, const char *text) { mvaddstr(row, column, text); }

static inline void cncurses_style(bool bold, bool dim, bool underline, bool reverse, short pair) {
    attrset((bold ? A_BOLD : 0) | (dim ? A_DIM : 0) | (underline ? A_UNDERLINE : 0) | (reverse ? A_REVERSE : 0)
            | (has_colors() ? COLOR_PAIR(pair) : 0));
}

static inline void cncurses_refresh(int cursor_row, int cursor_column) {
    move(cursor_row, cursor_column);
    refresh();
}

// The columns of a character, as ncurses counts them; less than 0 for what cannot be shown.
static inline int cncurses_columns_of(unsigned int scalar) { return wcwidth((wchar_t)scalar); }

// The next key: 0 when there is none, 1 a character, 2 one of the KEY_ codes.
static inline int cncurses_read(unsigned int *key) {
    wint_t read = 0;
    int result = get_wch(&read);
    *key = read;
    return result == ERR ? 0 : result == KEY_CODE_YES ? 2 : 1;
}
