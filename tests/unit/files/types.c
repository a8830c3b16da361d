/* Media types. */
#include "files/types.h"

#include <criterion/criterion.h>

static const char *const own[] = {"md", "text/x-md", "HTML", "text/own", NULL};

Test(files_types, are_found_by_the_last_extension_whatever_its_case)
{
    static const struct {
        const char *name, *type;
    } rows[] = {
        {"a.css", "text/css; charset=utf-8"},
        {"a.min.js", "text/javascript; charset=utf-8"},
        {"a.JPEG", "image/jpeg"},
        {"b/c.wasm", "application/wasm"},
        {"a.7z", "application/x-7z-compressed"},
        {"a.zst", "application/zstd"},
        {"a", FILES_TYPE_UNKNOWN},
        {"a.", FILES_TYPE_UNKNOWN},
        {"a.nothing", FILES_TYPE_UNKNOWN},
        {"a.html/b", FILES_TYPE_UNKNOWN},
        {"a.d/b.txt", "text/plain; charset=utf-8"},
        {".png", "image/png"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_str_eq(files_type_of(rows[i].name, NULL), rows[i].type, "%s", rows[i].name);
    }
}

Test(files_types, of_a_setting_come_first)
{
    cr_expect_str_eq(files_type_of("a.md", own), "text/x-md");
    cr_expect_str_eq(files_type_of("a.html", own), "text/own");
    cr_expect_str_eq(files_type_of("a.txt", own), "text/plain; charset=utf-8");
}

/* bsearch() needs them in order: each is found. */
Test(files_types, are_in_order)
{
    static const char *const all[] = {"a.aac",  "a.bin",   "a.docx", "a.gz",   "a.ico",
                                      "a.jxl",  "a.m3u8",  "a.map",  "a.mp4",  "a.ods",
                                      "a.opus", "a.pptx",  "a.svg",  "a.tiff", "a.ttf",
                                      "a.webp", "a.woff2", "a.xlsx", "a.yml",  "a.zip"};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cr_expect(i == 1 || strcmp(files_type_of(all[i], NULL), FILES_TYPE_UNKNOWN) != 0, "%s",
                  all[i]);
    }
}
