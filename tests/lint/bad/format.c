/* SPDX-License-Identifier: GPL-2.0-or-later */
int f(int a){
  return a ;
}
