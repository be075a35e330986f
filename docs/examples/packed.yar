rule packed_with_upx {
  meta:
    description = "An ELF program that the packer UPX made"
  strings:
    $mark = "UPX!"
    $info = "$Info: This file is packed with the UPX executable packer"
  condition:
    uint32(0) == 0x464c457f and $mark and $info
}
