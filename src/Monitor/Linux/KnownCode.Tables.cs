namespace Tierce.Monitor;

#pragma warning disable MA0051 // data, one line a piece of code

public static partial class KnownCode
{
    /// <summary>Functions that write an entry of a page table, and those for one table or page.</summary>
    private static ReadOnlySpan<byte> Tables => """
        __xen_set_pte | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] ^0 4154 55 4889f5 53 4889fb 4883ec10 48c7042400000000 48c744240800000000 e8 ???????? ^1 89c2 b800000080
        4801d8 4989c4 0f92c0 83fa01 74>0 0fb6c0 48c7042400000000 ^4 488b3d =phys_base ^2 48c744240800000000 4885c0 75>1
        48c7c700000080 482b3d ^5 =page_offset_base :1 4c01e7 89fb 81e3ff0f0000 803d ???????? 00 74>2 ^3 4881e700f0ffff :3
        4809fb ^6 48896c2408 4889e7 be01000000 48891c24 31d2 41baf07f0000 b801000000 e8 ???????? 4883c410 5b 5d 415c e9
        =__x86_return_thunk :2 48c1ef0c 483b3d ???????? 73>4 488b05 ???????? 488b04f8 4883f8ff 74>5 :6 48bfffffffffffffff3f
        4821c7 eb>7 :0 e8 ???????? 488b3d =phys_base 48b8ffffff7fffffffff 4839d8 72>8 48c7c700000080 482b3d
        =page_offset_base :8 4c01e7 89fb 81e3ff0f0000 803d ???????? 00 74>9 4881e700f0ffff :10 4809fb 48896c2408 4889e7
        48891c24 e8 ???????? bf01000000 4883c410 5b 5d 415c e9 ???????? :9 48c1ef0c 483b3d ???????? 73>11 488b05 ????????
        488b04f8 4883f8ff 74>12 :13 48bfffffffffffffff3f 4821c7 :14 48c1e70c eb>10 :4 483b3d ???????? 72>5 :7 48c1e70c eb>3
        :11 483b3d ???????? 73>14 :12 e8 ???????? 48c7c700f0ffff 4883f8ff 74>10 eb>13 :5 e8 ???????? 48c7c700f0ffff 4883f8ff
        74>3 eb>6

        xen_set_pte | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ ^0 55 4889f5 53 4889fb 6690 :0 4889ee 4889df 5b 5d e9 =__xen_set_pte &trace_begin>0 488b05
        ???????? 4885c0 74>1 488b7808 4889f2 4889de e8 ???????? :1 &trace_end>0

        xen_set_pmd | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ ^0 55 4889f5 53 4889fb 6690 :0 4889df e8 =xen_page_pinned! 84c0 75>1 48892b 5b 5d e9
        =__x86_return_thunk &trace_begin>0 488b05 ???????? 4885c0 74>2 488b7808 4889f2 4889de e8 ???????? :2 &trace_end>0 :1
        4889ee 4889df 5b 5d e9 =.hypercall!

        .hypercall | 6.1, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ 55 4889fd 53 4889f3 4883ec10 48c7042400000000 48c744240800000000 65ff05 =__preempt_count
        e8 ???????? 4889ef e8 ???????? 4889e7 48890424 48895c2408 e8 ???????? bf01000000 e8 ???????? 65ff0d =__preempt_count
        74>0 4883c410 5b 5d e9 =__x86_return_thunk :0 e8 =__SCT__preempt_schedule 4883c410 5b 5d e9 =__x86_return_thunk

        .hypercall | 6.1 rt
        [f30f1efa] e8 =__fentry__ 55 4889fd 53 4889f3 4883ec10 48c7042400000000 48c744240800000000 65ff05 =__preempt_count
        e8 ???????? 4889ef e8 ???????? 4889e7 48890424 48895c2408 e8 ???????? bf01000000 e8 ???????? 65ff0d =__preempt_count
        74>0 658b05 =__preempt_count a9ffffff7f 75>1 65488b0425 @current_task 8b5014 85d2 75>1 488b00 a900000800 75>0 :1
        4883c410 5b 5d e9 =__x86_return_thunk :0 e8 =preempt_schedule_thunk 4883c410 5b 5d e9 =__x86_return_thunk

        xen_page_pinned | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ eb>0 b800000080 4801c7 72>1 48c7c000000080 482b05 =page_offset_base :2 4801c7 48c1ef0c
        48c1e706 48033d =vmemmap_base 488b07 48c1e80a 83e001 e9 =__x86_return_thunk :0 b801000000 e9 =__x86_return_thunk :1
        488b05 =phys_base eb>2

        xen_alloc_pte | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ ^0 55 4889e5 4157 4156 4155 4989fd 4154 53 4889f3 4883ec08 &pgd_of_mm e8
        =xen_page_pinned! 4189c4 0f1f440000 :0 4584e4 74>1 4889d8 48c1e006 480305 =vmemmap_base eb>2 4c8b20 49c1ec0a
        4183e401 f080480104 :3 e8 ???????? 4989df 4c8b35 =page_offset_base 31ff 48b8 (61|21) 01000000000080 49c1e70c 480b05
        ???????? 482305 ???????? 4989c5 4d01fe e8 ???????? 4889c6 4d85ed 75>4 488b3d ???????? 4c21ff :5 ff15 ????????
        48c7060e000000 4c897610 48894618 48c7462000000000 0f1f440000 :6 4584e4 74>7 :8 4883c408 bf01000000 5b 415c 415d 415e
        415f 5d e9 ???????? :2 4531e4 eb>3 &trace_begin>0 488b05 ???????? 4885c0 74>9 488b7808 450fb6c4 b904000000 4889da
        4c89ee e8 ???????? :9 &trace_end>0 :1 4883c408 5b 415c 415d 415e 415f 5d e9 =__x86_return_thunk &trace_begin>6
        488b05 ???????? 4885c0 74>10 488b7808 ba03000000 e8 ???????? :10 &trace_end>6 :4 4c89e8 83e001 488d78ff 4c31ff
        48233d ???????? 4881e700f0ffff 4885c0 74>11 488b05 ???????? 4c21e8 4809c7 eb>5 :7 bf18000000 e8 ????????
        c70200000000 803d ???????? 00 4989c4 75>12 483b1d ???????? 72>13 483b1d ???????? 72>14 480fbaeb3e :15 4883fbff 74>12
        4889d8 :16 48bbffffffffffffff3f 4821c3 :12 48895a08 49c704241a000000 4989542410 49c744241801000000
        49c744242000000000 49c7442428f07f0000 6690 eb>8 &trace_begin>8 488b05 ???????? 4885c0 74>17 488b7808 ba04000000
        4c89e6 e8 ???????? :17 &trace_end>8 :11 4c09ef eb>5 :13 488b05 ???????? 488b04d8 4883f8ff 75>16 :14 4889df 48891424
        e8 ???????? 488b1424 4889c3 eb>15

        xen_alloc_pmd | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ ^0 55 4889e5 4155 4989fd 4154 53 &pgd_of_mm 4889f3 e8 =xen_page_pinned! 4189c4
        0f1f440000 :0 4584e4 74>1 4889d8 48c1e006 480305 =vmemmap_base eb>2 488b10 f080480104 :2 e8 ???????? 4c8b2d
        =page_offset_base 31ff 48c1e30c 49bc (61|21) 01000000000080 4c0b25 ???????? 4c2325 ???????? e8 ???????? 4901dd
        4889c6 4d85e4 74>3 4c89e0 83e001 488d78ff 4831df 48233d ???????? 4881e700f0ffff 4885c0 74>4 4c2325 ???????? :4
        4c09e7 eb>5 :3 48231d ???????? 4889df :5 ff15 ???????? 48c7060e000000 4c896e10 48894618 48c7462000000000
        (6690|0f1f440000) :6 5b bf01000000 415c 415d 5d e9 ???????? &trace_begin>0 488b05 ???????? 4885c0 74>7 488b7808
        450fb6c4 b9 ?? 000000 4889da 4c89ee e8 ???????? :7 &trace_end>0 :1 5b 415c 415d 5d e9 =__x86_return_thunk
        &trace_begin>6 488b05 ???????? 4885c0 74>8 488b7808 ba03000000 e8 ???????? :8 &trace_end>6

        xen_release_ptpage | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] ^0 55 4889e5 4156 4189f6 4155 4989fd 4154 49c1e506 4989fc 53 4c032d =vmemmap_base 498b5d00 48c1eb0a
        83e301 6690 :0 84db 75>1 5b 415c 415d 415e 5d e9 =__x86_return_thunk &trace_begin>0 488b05 ???????? 4885c0 74>2
        488b7808 89f2 0fb6cb 4c89e6 e8 ???????? :2 &trace_end>0 :1 e8 ???????? 4183fe04 74>3 :4 4c8b35 =page_offset_base
        31ff 49c1e40c 48bb6301000000000080 480b1d ???????? 48231d ???????? e8 ???????? 4d01e6 4889c6 4885db 74>5 4889d8
        83e001 488d78ff 4c31e7 48233d ???????? 4881e700f0ffff 4885c0 74>6 48231d ???????? :6 4809df eb>7 :5 488b3d ????????
        4c21e7 :7 ff15 ???????? 48c7060e000000 4c897610 48894618 48c7462000000000 6690 :8 bf01000000 e8 ????????
        f041806501fb 5b 415c 415d 415e 5d e9 =__x86_return_thunk &trace_begin>8 488b05 ???????? 4885c0 74>9 488b7808
        ba03000000 e8 ???????? :9 &trace_end>8 :3 bf18000000 e8 ???????? c70204000000 803d ???????? 00 4889c3 4989d6 4c89e0
        74>10 :11 49894608 48c7031a000000 4c897310 48c7431801000000 48c7432000000000 48c74328f07f0000 6690 eb>4
        &trace_begin>4 488b05 ???????? 4885c0 74>12 488b7808 ba04000000 4889de e8 ???????? :12 &trace_end>4 :10 4c3b25
        ???????? 73>13 488b05 ???????? 4a8b04e0 4883f8ff 74>14 :15 48baffffffffffffff3f 4821d0 eb>11 :13 4c3b25 ????????
        72>14 480fbae83e :16 4883f8ff 74>11 eb>15 :14 4c89e7 e8 ???????? eb>16

        xen_flush_tlb_one_user | 6.1
        [f30f1efa] e8 =__fentry__ ^0 55 4889e5 53 4889fb 0f1f440000 :0 65ff05 =__preempt_count e8 ???????? bf18000000
        4881e300f0ffff e8 ???????? c70207000000 4889c6 48895a08 48c7001a000000 48895010 48c7401801000000 48c7402000000000
        48c74028f07f0000 6690 :1 bf01000000 e8 ???????? 65ff0d =__preempt_count 74>2 488b5df8 c9 e9 =__x86_return_thunk
        &trace_begin>1 488b05 ???????? 4885c0 74>3 488b7808 ba04000000 e8 ???????? :3 &trace_end>1 &trace_begin>0 488b05
        ???????? 4885c0 74>4 488b7808 4889de e8 ???????? :4 &trace_end>0 :2 e8 =__SCT__preempt_schedule 488b5df8 c9 e9
        =__x86_return_thunk

        xen_flush_tlb_one_user | 6.1 rt
        [f30f1efa] e8 =__fentry__ ^0 55 4889e5 53 4889fb 0f1f440000 :0 65ff05 =__preempt_count e8 ???????? bf18000000
        4881e300f0ffff e8 ???????? c70207000000 4889c6 48895a08 48c7001a000000 48895010 48c7401801000000 48c7402000000000
        48c74028f07f0000 6690 :1 bf01000000 e8 ???????? 65ff0d =__preempt_count 74>2 658b05 =__preempt_count a9ffffff7f 75>3
        65488b0425 @current_task 8b5014 85d2 75>3 488b00 a900000800 75>2 :3 488b5df8 c9 e9 =__x86_return_thunk
        &trace_begin>1 488b05 ???????? 4885c0 74>4 488b7808 ba04000000 e8 ???????? :4 &trace_end>1 &trace_begin>0 488b05
        ???????? 4885c0 74>5 488b7808 4889de e8 ???????? :5 &trace_end>0 :2 e8 =preempt_schedule_thunk 488b5df8 c9 e9
        =__x86_return_thunk

        xen_flush_tlb_one_user | 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ ^0 55 4889e5 4154 4989fc 53 0f1f440000 :0 48c7c3 @__preempt_count :1 65ff03 e8 ????????
        bf18000000 4981e400f0ffff e8 ???????? c70207000000 4889c6 4c896208 48c7001a000000 48895010 48c7401801000000
        48c7402000000000 48c74028f07f0000 6690 :2 bf01000000 e8 ???????? 65ff0b 74>3 5b 415c 5d e9 =__x86_return_thunk
        658b05 =cpu_number 480fa305 =__cpu_online_mask 73>2 65ff03 488b05 ???????? 4885c0 74>4 488b7808 ba04000000 e8
        ???????? :4 65ff0b 75>2 e8 =__SCT__preempt_schedule_notrace eb>2 658b05 =cpu_number 480fa305 =__cpu_online_mask 73>0
        48c7c3 @__preempt_count 65ff05 =__preempt_count 488b05 ???????? 4885c0 74>5 488b7808 4c89e6 e8 ???????? :5 65ff0d
        =__preempt_count 75>0 e8 =__SCT__preempt_schedule_notrace eb>1 :3 e8 =__SCT__preempt_schedule 5b 415c 5d e9
        =__x86_return_thunk


        """u8;
}
