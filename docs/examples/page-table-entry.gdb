# Prints what the kernel does for the two pages of two-pages.c:
#   gcc -O1 -static -o two-pages two-pages.c
#   ./tierce debug --batch -x docs/examples/page-table-entry.gdb --icount --file two-pages --exec /tierce/two-pages
set pagination off
set confirm off
set language c
# HoleLayout.NotePage and HoleLayout.Window.
set $notes = 0xffff808000401000
set $window = 0xffff810000000000
set $leaf = 0

define leaf_after
  if $leaf
    printf "     cached entry at %#lx is now %#lx\n", $leaf, *(unsigned long *)$leaf
    set $leaf = 0
  end
end

define print_notes
  set $count = *(unsigned int *)$notes
  printf "notes: %u\n", $count
  set $i = 0
  while $i < $count && $i < 8
    set $note = ((unsigned long *)($notes + 8))[$i]
    printf "     note %#lx, the guest's entry is %#lx\n", $note, *(unsigned long *)($window + ($note & 0xffffffffffff8))
    set $i = $i + 1
  end
end

hbreak page_fault_from_user if $cr2 == 0x700000000000 || $cr2 == 0x700000001000
commands
  silent
  leaf_after
  printf "fault of guest user: address %#lx error %#lx\n", $cr2, *(unsigned long *)($rsp + 8)
  enable 2 3 4 5 6 7
  continue
end

hbreak Tierce_Kernel_Tierce_Kernel_Translation_Cache_CacheDrain__TakeNotes
commands
  silent
  leaf_after
  printf "return to guest user, "
  print_notes
  continue
end

hbreak Tierce_Kernel_Tierce_Kernel_Translation_Cache_CacheLeaves__SyncLeaf
commands
  silent
  leaf_after
  set $leaf = $rdx
  printf "compare: guest table %#x, cached entry at %#lx was %#lx\n", *(unsigned int *)$rsi, $leaf, *(unsigned long *)$leaf
  continue
end

hbreak Tierce_Kernel_Tierce_Kernel_Translation_Cache_CacheFill__FillAllowed
commands
  silent
  leaf_after
  set $walk = (unsigned long *)$rdx
  printf "fill: address %#lx user %d write %d\n", $r8, $ecx, $r9d
  printf "     the guest's entries: %#lx, %#lx, %#lx, %#lx in the root %#lx\n", $walk[4], $walk[3], $walk[2], $walk[1], $walk[5]
  continue
end

hbreak Tierce_Kernel_Tierce_Kernel_Translation_Cache_CacheDrain__SyncAddress
commands
  silent
  leaf_after
  printf "INVLPG %#lx, ", $rdx
  print_notes
  continue
end

hbreak Tierce_Kernel_Tierce_Kernel_Translation_Cache_CacheDrain__Run
commands
  silent
  leaf_after
  printf "drain, "
  print_notes
  continue
end

hbreak Tierce_Kernel_Tierce_Kernel_Translation_Cache_CacheDrain__SyncCopies
commands
  silent
  leaf_after
  printf "watched table: guest table %#lx is compared\n", $rsi
  continue
end

disable 2 3 4 5 6 7
continue
