namespace Tierce.Monitor;

public static partial class KnownCode
{
    /// <summary>Functions for a switch between processes.</summary>
    private static ReadOnlySpan<byte> Switches => """
        xen_write_cr3 | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ ^0 55 4889fd 53 48033d =page_offset_base e8 =xen_get_user_pgd! 4889c3 &in_interrupt
        74>0 :1 e8 ???????? 6548892d =xen_cr3 (4889eebf01000000|bf010000004889ee) e8 =__xen_write_cr3! 4885db 74>2
        b800000080 4801c3 72>3 48c7c000000080 482b05 =page_offset_base :4 488d3403 31ff e8 =__xen_write_cr3! bf02000000 5b
        5d e9 ???????? :2 31ff 31f6 e8 =__xen_write_cr3! bf02000000 5b 5d e9 ???????? :0 ff15 ???????? f6c402 74>1 0f0b :3
        488b05 =phys_base eb>4

        __xen_write_cr3 | 6.1, 6.1 rt
        [f30f1efa] e8 =__fentry__ 55 89fd 53 4889f3 4883ec18 48c7042400000000 48c744240800000000 48c744241000000000
        0f1f440000 :0 4885db 74>1 4889df 48c1ef0c 803d ???????? 00 74>2 :3 4885ff 0f94c0 21e8 :4 84c0 74>5 :6 0f0b 31ff :7
        48897c2408 4889e7 c7042405000000 e8 ???????? 6548891d =xen_cr3 48c7c7 @set_current_cr3! 4889de e8 ???????? 4883c418
        5b 5d e9 =__x86_return_thunk :1 89e8 31ff 84c0 75>6 :5 4084ed 75>7 48897c2408 4889e7 c704240f000000 e8 ????????
        4883c418 5b 5d e9 =__x86_return_thunk :2 483b3d ???????? 73>8 488b05 ???????? 488b04f8 4883f8ff 74>9
        48bfffffffffffffff3f 4821c7 4885ff 0f94c0 21e8 eb>4 &trace_begin>0 488b05 ???????? 4885c0 74>10 400fb6f7 488b7808
        4889da e8 ???????? :10 &trace_end>0 :8 483b3d ???????? 73>3 :9 e8 ???????? 4889c7 4883f8ff 74>5 48b8ffffffffffffff3f
        4821c7 eb>3

        __xen_write_cr3 | 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ 55 89fd 53 4889f3 4883ec18 48c7042400000000 48c744240800000000 48c744241000000000
        0f1f440000 :0 4885db 74>1 4889df 48c1ef0c 803d ???????? 00 74>2 :3 4885ff 0f94c0 21e8 :4 84c0 74>5 :6 0f0b 31ff :7
        48897c2408 4889e7 c7042405000000 e8 ???????? 6548891d =xen_cr3 4889de 48c7c7 @set_current_cr3! e8 ???????? 4883c418
        5b 5d e9 =__x86_return_thunk :1 89e8 31ff 84c0 75>6 :5 4084ed 75>7 48897c2408 4889e7 c704240f000000 e8 ????????
        4883c418 5b 5d e9 =__x86_return_thunk :2 483b3d ???????? 73>8 488b05 ???????? 488b04f8 4883f8ff 74>9
        48bfffffffffffffff3f 4821c7 4885ff 0f94c0 21e8 eb>4 &trace_begin>0 488b05 ???????? 4885c0 74>10 400fb6f7 488b7808
        4889da e8 ???????? :10 &trace_end>0 :8 483b3d ???????? 73>3 :9 e8 ???????? 4889c7 4883f8ff 74>5 48b8ffffffffffffff3f
        4821c7 eb>3

        set_current_cr3 | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ 6548893d =xen_current_cr3 e9 =__x86_return_thunk

        xen_load_sp0 | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ ^0 55 4889e5 53 4889fb e8 ???????? 31ff e8 ???????? 48c70003000000 48c7401018000000
        48895818 6690 :0 e8 ???????? 6548891d =tss_sp0 488b5df8 c9 e9 =__x86_return_thunk 4889c6 &trace_begin>0 488b05
        ???????? 4885c0 74>1 488b7808 ba02000000 e8 ???????? :1 &trace_end>0


        """u8;
}
