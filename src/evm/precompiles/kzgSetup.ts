/**
 * [τ]₂ of the KZG ceremony of Ethereum's main network: the second point of `g2_monomial` in its trusted setup,
 * compressed (96 bytes). Verifying a proof needs nothing else of the setup.
 */
export const KZG_SETUP_G2_TAU =
  '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'
