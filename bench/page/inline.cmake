# The page as one file: its sheets and scripts are put where page.html refers to them.
#   cmake -D PAGE=page.html -D OUT=FILE -P inline.cmake
get_filename_component(folder ${PAGE} DIRECTORY)
file(READ ${PAGE} html)
string(REGEX MATCHALL "href=\"[a-z]+\\.css\"" sheets "${html}")
foreach(reference IN LISTS sheets)
    string(REGEX REPLACE "href=\"(.*)\"" "\\1" name "${reference}")
    file(READ ${folder}/${name} text)
    string(REPLACE "<link rel=\"stylesheet\" href=\"${name}\">" "<style>\n${text}</style>" html "${html}")
    string(REPLACE "<link rel=\"stylesheet\" id=\"drawing\" href=\"${name}\">"
                   "<style id=\"drawing\">\n${text}</style>" html "${html}")
endforeach()
string(REGEX MATCHALL "src=\"[a-z]+\\.js\"" scripts "${html}")
foreach(reference IN LISTS scripts)
    string(REGEX REPLACE "src=\"(.*)\"" "\\1" name "${reference}")
    file(READ ${folder}/${name} text)
    string(REPLACE "<script src=\"${name}\"></script>" "<script>\n${text}</script>" html "${html}")
endforeach()
file(WRITE ${OUT} "${html}")
