# Run by CPack between installing a package's files and packing them: what Debian's policy wants in
# each package besides.
file(GLOB components ${CPACK_TEMPORARY_DIRECTORY}/*)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)

function(gzip file)
  execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(component ${components})
  get_filename_component(name ${component} NAME)
  string(TOUPPER ${name} name)
  set(package ${CPACK_DEBIAN_${name}_PACKAGE_NAME})
  set(documents ${component}/usr/share/doc/${package})
  # The licence that `cmake --install` leaves there; here the system has it.
  file(REMOVE_RECURSE ${component}/usr/share/doc)
  file(MAKE_DIRECTORY ${documents})
  file(COPY_FILE ${CPACK_NASNET_SOURCE}/CHANGELOG.md ${documents}/CHANGELOG.md)
  file(WRITE ${documents}/changelog
"nasnet (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * Made by scripts/package; CHANGELOG.md.gz says what is new.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
  file(WRITE ${documents}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: nasnet

Files: *
Copyright: 2026 the nasnet developers
License: Apache-2.0
 On Debian systems the whole text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.
")
  gzip(${documents}/changelog)
  gzip(${documents}/CHANGELOG.md)
  file(GLOB pages ${component}/usr/share/man/man1/*.1)
  foreach(page ${pages})
    gzip(${page})
  endforeach()
endforeach()
