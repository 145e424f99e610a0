# One test looks at the program itself.
add_dependencies(host_test glovebox-host)
