# Writes HEADER with a digest of the sources in FOLDERS, as the macro NAME: two builds of one digest
# do the same on the same machine. -DROOT= -DFOLDERS= (with commas between) -DNAME= -DHEADER=
cmake_minimum_required(VERSION 3.25)
string(REPLACE "," ";" folders "${FOLDERS}")
set(sources "")
foreach(folder ${folders})
  file(GLOB_RECURSE found RELATIVE ${ROOT} ${ROOT}/${folder}/*.cpp ${ROOT}/${folder}/*.h)
  list(APPEND sources ${found})
endforeach()
list(SORT sources)
set(all "")
foreach(source ${sources})
  file(SHA256 ${ROOT}/${source} digest)
  string(APPEND all "${source} ${digest}\n")
endforeach()
string(SHA256 digest "${all}")
string(SUBSTRING ${digest} 0 16 digest)
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#pragma once
#define @NAME@ \"@digest@\"
" @ONLY)
