# Writes HEADER with a digest of the program's sources: two builds of one digest give the same
# results on the same machine. -DROOT= -DHEADER=
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE sources RELATIVE ${ROOT} ${ROOT}/nasnet/*.cpp ${ROOT}/nasnet/*.h
     ${ROOT}/include/*.h ${ROOT}/cli/*.cpp ${ROOT}/cli/*.h)
list(SORT sources)
set(all "")
foreach(source ${sources})
  file(SHA256 ${ROOT}/${source} digest)
  string(APPEND all "${source} ${digest}\n")
endforeach()
string(SHA256 digest "${all}")
string(SUBSTRING ${digest} 0 16 digest)
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#pragma once
#define NASNET_SOURCE_DIGEST \"@digest@\"
" @ONLY)
