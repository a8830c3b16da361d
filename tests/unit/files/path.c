/* From paths as they are sent to names. */
#include "files/path.h"

#include "support/guard.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
    const char *why, *text;
    bool dots;
    enum files_path want;
    const char *name;
} rows[] = {
    {"the folder itself", "", false, FILES_PATH_FOLDER, ""},
    {"a file", "a.html", false, FILES_PATH_FILE, "a.html"},
    {"beneath", "a/b/c", false, FILES_PATH_FILE, "a/b/c"},
    {"a folder", "a/b/", false, FILES_PATH_FOLDER, "a/b"},
    {"decoded", "%61%2e%42", false, FILES_PATH_FILE, "a.B"},
    {"decoded once", "%2561", false, FILES_PATH_FILE, "%61"},
    {"a plus is a plus", "a+b", false, FILES_PATH_FILE, "a+b"},
    {"UTF-8", "%c3%a4", false, FILES_PATH_FILE, "\xc3\xa4"},
    {"a newline is a byte of names", "a%0Ab", false, FILES_PATH_FILE, "a\nb"},
    {"a backslash too", "a%5c..%5cb", false, FILES_PATH_FILE, "a\\..\\b"},
    {"an empty segment", "/a", false, FILES_PATH_REFUSED, NULL},
    {"... in the middle", "a//b", false, FILES_PATH_REFUSED, NULL},
    {"... at the end", "a//", false, FILES_PATH_REFUSED, NULL},
    {"an encoded slash", "a%2Fb", false, FILES_PATH_REFUSED, NULL},
    {"... in lower case", "a%2fb", true, FILES_PATH_REFUSED, NULL},
    {"... alone", "%2f", true, FILES_PATH_REFUSED, NULL},
    {"up", "..", true, FILES_PATH_REFUSED, NULL},
    {"... in front", "../a", true, FILES_PATH_REFUSED, NULL},
    {"... in the middle", "a/../b", true, FILES_PATH_REFUSED, NULL},
    {"... encoded", "%2e%2e/a", true, FILES_PATH_REFUSED, NULL},
    {"... half encoded", ".%2E/a", true, FILES_PATH_REFUSED, NULL},
    {"... with a slash that is", "%2e%2e%2fa", true, FILES_PATH_REFUSED, NULL},
    {"here", "./a", true, FILES_PATH_REFUSED, NULL},
    {"here at the end", "a/.", true, FILES_PATH_REFUSED, NULL},
    {"three dots are a name", "...", true, FILES_PATH_FILE, "..."},
    {"a dot file", ".htaccess", false, FILES_PATH_REFUSED, NULL},
    {"... encoded", "%2ehtaccess", false, FILES_PATH_REFUSED, NULL},
    {"... in a folder", "a/.git/config", false, FILES_PATH_REFUSED, NULL},
    {"... where it is allowed", "a/.git/config", true, FILES_PATH_FILE, "a/.git/config"},
    {"a dot later", "a.b", false, FILES_PATH_FILE, "a.b"},
    {"a NUL", "a%00.html", false, FILES_PATH_MALFORMED, NULL},
    {"... that is all", "%00", true, FILES_PATH_MALFORMED, NULL},
    {"no digits", "a%", false, FILES_PATH_MALFORMED, NULL},
    {"one digit", "a%4", false, FILES_PATH_MALFORMED, NULL},
    {"others", "a%zz", false, FILES_PATH_MALFORMED, NULL},
    {"across a slash", "a%2/fb", false, FILES_PATH_MALFORMED, NULL},
    {"as long as there is room", "aaaaaaaa/bbbbbbbb/cccccccc/ddddd", false, FILES_PATH_FILE,
     "aaaaaaaa/bbbbbbbb/cccccccc/ddddd"},
    {"one more", "aaaaaaaa/bbbbbbbb/cccccccc/dddddd", false, FILES_PATH_REFUSED, NULL},
    {"one segment", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, FILES_PATH_REFUSED, NULL},
};

Test(files_path, is_decoded_once_and_leads_nowhere_but_down)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[33] = "untouched";
        struct shunt_span text = guard_page_copy(rows[i].text, strlen(rows[i].text));
        enum files_path got = files_path_read(text, rows[i].dots, name, sizeof name);

        cr_expect_eq(got, rows[i].want, "%s: %d", rows[i].why, got);
        guard_page_free(text);
        if (rows[i].name) {
            cr_expect_str_eq(name, rows[i].name, "%s", rows[i].why);
        }
    }
}
