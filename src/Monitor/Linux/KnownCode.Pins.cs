namespace Tierce.Monitor;

#pragma warning disable MA0051 // data, one line a piece of code

public static partial class KnownCode
{
    /// <summary>Functions that pin and unpin all tables of an address space.</summary>
    private static ReadOnlySpan<byte> Pins => """
        __xen_pgd_pin | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ ^0 4154 4989fc 4889f7 55 53 4889f3 e8 =xen_get_user_pgd! 4889c5 0f1f440000 :0 e8 ????????
        48ba00f0ffffff7f0000 8b0d =pgdir_shift b801000000 4889de 4c89e7 48d3e0 488d4c10ff 48f7d8 48c7c2 @xen_pin_page!
        4821c1 e8 =__xen_pgd_walk! b800000080 4801c3 72>1 48c7c000000080 482b05 =page_offset_base :2 488d3403 bf03000000
        48c1ee0c e8 =xen_do_pin! 4885ed 74>3 b800000080 488b15 =vmemmap_base 4801c5 73>4 488b35 =phys_base 4c89e7 4801ee
        48c1ee0c 48c1e606 4801d6 31d2 e8 =xen_pin_page! 488b35 =phys_base :5 4801ee bf03000000 48c1ee0c e8 =xen_do_pin! :3
        5b 31ff 5d 415c e9 ???????? :4 48c7c300000080 4c89e7 4889de 482b35 =page_offset_base 4801ee 48c1ee0c 48c1e606 4801d6
        31d2 e8 =xen_pin_page! 482b1d =page_offset_base 4889de eb>5 &trace_begin>0 488b05 ???????? 4885c0 74>6 488b7808
        4889da 4c89e6 e8 ???????? :6 &trace_end>0 :1 488b05 =phys_base eb>2

        __xen_pgd_unpin | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ ^0 4155 4154 4989fc 4889f7 55 4889f5 53 e8 =xen_get_user_pgd! 4989c5 0f1f440000 :0 e8
        ???????? be00000080 4801ee 72>1 48c7c000000080 482b05 =page_offset_base :2 4801c6 bf04000000 48c1ee0c e8
        =xen_do_pin! 4d85ed 74>3 b800000080 4901c5 72>4 48c7c300000080 bf04000000 4889de 482b35 =page_offset_base 4c01ee
        48c1ee0c e8 =xen_do_pin! 482b1d =page_offset_base :5 4a8d342b 31d2 4c89e7 48c1ee0c 48c1e606 480335 =vmemmap_base e8
        =xen_unpin_page! :3 48ba00f0ffffff7f0000 8b0d =pgdir_shift b801000000 4c89e7 4889ee 48d3e0 488d4c10ff 48f7d8 48c7c2
        @xen_unpin_page! 4821c1 e8 =__xen_pgd_walk! 31ff 5b 5d 415c 415d e9 ???????? &trace_begin>0 488b05 ???????? 4885c0
        74>6 488b7808 4889ea 4c89e6 e8 ???????? :6 &trace_end>0 :1 488b05 =phys_base eb>2 :4 488b35 =phys_base bf04000000
        4c01ee 48c1ee0c e8 =xen_do_pin! 488b1d =phys_base eb>5

        __xen_pgd_walk | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ 4157 488d41ff 4156 4155 4154 55 53 4883ec40 4889442410 483dffef7fff 77>0 8b0d =pgdir_shift
        4889d5 48897c2408 31db 48c7c200ffffff 4989f1 48d3e2 4889d0 48d3e8 4189c3 b810000000 48d3e0 4181e3ff010000 4801d0
        4589dd 48d3e8 89c2 488b442410 81e2ff010000 48d3e8 25ff010000 448d5001 89442404 4589d6 4189d2 eb>1 :2 4883c301 4139de
        7e>3 :1 4139dd 77>4 4139da 77>2 :4 498b3cd9 e9 ???????? 4885ff 74>2 e9 ???????? ff15 ???????? 488b15
        =page_offset_base 482305 ???????? 482500f0ffff 488b3c10 48f7c79fffffff 74>2 ff15 ???????? 488b15 =page_offset_base
        482305 ???????? 482500f0ffff 4c8d2410 b800000080 4c01e0 72>5 48c7c600000080 4829d6 :6 4801c6 4c894c2418 488b7c2408
        ba02000000 48c1ee0c 4489542428 48c1e606 480335 =vmemmap_base e8 ???????? 395c2404 448b542428 89d9 c7042400020000
        4c8b4c2418 74>7 :8 488b442410 4489542430 4531ff 894c2428 48c1e815 4c894c2438 25ff010000 48895c2420 488b5c2408 83c001
        44896c242c 4589fd 89442418 4489742434 4d89e6 :9 498b3e 48f7c79fffffff 74>10 ff15 ???????? 81e780000000 488b0d
        ???????? 74>11 4881e1000000c0 :12 488b15 =page_offset_base 4821c1 be00000080 4c8d2411 4c01e6 72>13 48c7c000000080
        4829d0 :14 4801c6 ba03000000 4889df 48c1ee0c 48c1e606 480335 =vmemmap_base e8 ???????? b800020000 8b542428 39542404
        75>15 8b0424 83e801 4139c5 b800020000 0f44442418 :15 4898 4d8d3cc4 eb>16 :17 4983c408 4d39fc 74>10 :16 498b3c24
        48f7c79fffffff 74>17 ff15 ???????? 4885c0 74>18 4889c2 83e201 4883ea01 4831d0 :18 488b15 ???????? 4889d1
        4881e200f0ffff 4881e10000e0ff 81e780000000 4889df 480f44ca 4983c408 ba04000000 4889ce 4821c6 48c1ee06 480335
        =vmemmap_base e8 ???????? 4d39fc 75>16 :10 8b0424 4183c501 4983c608 4139c5 75>9 488b5c2420 448b742434 448b6c242c
        448b542430 4883c301 4c8b4c2438 4139de 7f>1 :3 b800000080 4c89ce 4c8b642408 4801c6 72>19 48c7c000000080 482b05
        =page_offset_base :20 4801c6 4c89e7 4889e8 31d2 48c1ee0c 48c1e606 480335 =vmemmap_base 4883c440 5b 5d 415c 415d 415e
        415f e9 ???????? cc :11 4881e100f0ffff eb>12 :7 4c8b7c2410 49c1ef1e 4181e7ff010000 418d4701 890424 eb>8 :0 0f0b :13
        488b05 =phys_base eb>14 :5 488b35 =phys_base eb>6 :19 488b05 =phys_base eb>20

        xen_pin_page | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ f0480fba2e0a 73>0 e9 =__x86_return_thunk :0 55 31ff 4889e5 4157 4156 4155 4989f5 4154
        4189d4 53 4889f3 4883ec08 4c2b2d =vmemmap_base 488b05 =page_offset_base 49c1fd06 4d89ee 49c1e60c 4c01f0 48890424 e8
        ???????? 4989c7 4183fc04 74>1 31d2 4585e4 0f94c2 31db :2 48b8 (61|21) 01000000000080 488b35 ???????? 480b05 ????????
        482305 ???????? 75>3 4c89f7 4821f7 :4 ff15 ???????? 488b0c24 49c7070e000000 49894718 49894f10 49895720 6690 :5
        4885db 74>6 4c89ee 31ff e8 =xen_do_pin! 4889de 48c7c7 ???????? 4883c408 5b 415c 415d 415e 415f 5d e9 ???????? :3
        4989c0 4183e001 498d78ff 4c31f7 4821f7 4881e700f0ffff 4d85c0 74>7 482305 ???????? :7 4809c7 eb>4 :6 4883c408 5b 415c
        415d 415e 415f 5d e9 =__x86_return_thunk &trace_begin>5 488b05 ???????? 4885c0 74>8 488b7808 ba03000000 4c89fe e8
        ???????? :8 &trace_end>5 :1 (4883c328|488b5b28) 4889df e8 ???????? 31d2 eb>2

        xen_unpin_page | 6.1, 6.12
        [f30f1efa] e8 =__fentry__ f0480fba360a 72>0 e9 =__x86_return_thunk :0 55 4889e5 4156 4989f6 4155 4154 53 4c2b35
        =vmemmap_base 89d3 49c1fe06 4c8b25 =page_offset_base 4d89f5 49c1e50c 4d01ec 83fa04 74>1 31ff e8 ???????? 31d2 85db
        0f94c2 4889c6 31db :2 48b86301000000000080 488b0d ???????? 480b05 ???????? 482305 ???????? 75>3 4c89ef 4821cf :4
        ff15 ???????? 48c7060e000000 4c896610 48894618 48895620 6690 :5 4885db 74>6 4889de 48c7c7 ???????? 5b 415c 415d 415e
        5d e9 ???????? :6 5b 415c 415d 415e 5d e9 =__x86_return_thunk &trace_begin>5 488b05 ???????? 4885c0 74>7 488b7808
        ba03000000 e8 ???????? :7 &trace_end>5 :3 4989c0 4183e001 498d78ff 4c31ef 4821cf 4881e700f0ffff 4d85c0 74>8 482305
        ???????? :8 4809c7 eb>4 :1 488d5e28 4889df e8 ???????? 4885db 74>9 4c89f6 bf04000000 e8 =xen_do_pin! :9 31ff e8
        ???????? 31d2 4889c6 eb>2

        xen_unpin_page | 6.1 rt, 6.12 rt
        [f30f1efa] e8 =__fentry__ f0480fba360a 72>0 e9 =__x86_return_thunk :0 55 4889e5 4156 4989f6 4155 4154 4189d4 53
        4c2b35 =vmemmap_base 49c1fe06 488b1d =page_offset_base 4d89f5 49c1e50c 4c01eb 83fa04 74>1 31ff e8 ???????? 31d2
        4585e4 0f94c2 4889c6 4531e4 :2 48b86301000000000080 488b0d ???????? 480b05 ???????? 482305 ???????? 75>3 4c89ef
        4821cf :4 ff15 ???????? 48c7060e000000 48895e10 48894618 48895620 6690 :5 4d85e4 74>6 5b 4c89e6 48c7c7 ???????? 415c
        415d 415e 5d e9 ???????? :6 5b 415c 415d 415e 5d e9 =__x86_return_thunk &trace_begin>5 488b05 ???????? 4885c0 74>7
        488b7808 ba03000000 e8 ???????? :7 &trace_end>5 :3 4989c0 4183e001 498d78ff 4c31ef 4821cf 4881e700f0ffff 4d85c0 74>8
        482305 ???????? :8 4809c7 eb>4 :1 4c8b6628 4c89e7 e8 ???????? 4d85e4 74>9 4c89f6 bf04000000 e8 =xen_do_pin! :9 31ff
        e8 ???????? 31d2 4889c6 eb>2

        xen_do_pin | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ 4883ec18 803d ???????? 00 48c7042400000000 48c744240800000000 48c744241000000000 893c24
        74>0 :1 4889e7 4889742408 e8 ???????? 4883c418 e9 =__x86_return_thunk :0 483b35 ???????? 73>2 488b05 ????????
        488b04f0 4883f8ff 74>3 :4 48beffffffffffffff3f 4821c6 eb>1 :2 483b35 ???????? 72>3 480fbaee3e :5 4883feff 74>1
        4889f0 eb>4 :3 4889f7 e8 ???????? 4889c6 eb>5

        xen_get_user_pgd | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ 4889f8 81e7ff0f0000 482500f0ffff 48c1ef03 48ba00f0ffffff7f0000 8b0d =pgdir_shift
        be01000000 48d3e6 488d5416ff 48f7de 4821f2 48d3ea 31c9 81e2ff010000 4839d7 73>0 ba00000080 4801d0 72>1
        48c7c200000080 482b15 =page_offset_base :2 4801d0 48c1e80c 48c1e006 480305 =vmemmap_base 488b4028 488d0cf8 4885c0
        b800000000 480f44c8 :0 4889c8 e9 =__x86_return_thunk :1 488b15 =phys_base eb>2


        """u8;
}
