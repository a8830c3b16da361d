/* How a page looks, and the few lines of script that show what is under the pointer. */
#ifndef BENCH_PAGE_STYLE_H
#define BENCH_PAGE_STYLE_H

/* Colours c0 to c7 are told apart also by people who see fewer of them, in light and dark; later
 * ones repeat them. */
#define STYLE_COLOURS 8
/* Shades of a heat map, h1 to h8. */
#define STYLE_SHADES 8

/* Of a page: its colours (light and dark), words and tables, which of two drawings is seen, and
 * what is in a drawing. A drawing that stands alone has the first and the last. */
extern const char style_colours[], style_sheet[], style_sizes[], style_charts[];
extern const char style_script[];

#endif
